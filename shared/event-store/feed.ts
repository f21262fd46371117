import type { SubscriptionItem } from './port.js';

/** A subscription read ahead into a bounded buffer, so that what arrives while a batch is on its way makes the next one. */
export class Feed {
  private buffer: SubscriptionItem[] = [];
  private failure: { readonly error: unknown } | undefined;
  private ended = false;
  private wakeTaker = (): void => {};
  private wakePump = (): void => {};

  constructor(items: AsyncIterable<SubscriptionItem>, private readonly capacity: number) {
    void this.pump(items);
  }

  get waiting(): number {
    return this.buffer.length;
  }

  /** At least one item, at most `most`; nothing when none came in time. Throws what broke or ended the subscription. */
  async take(most: number, patienceMs: number): Promise<SubscriptionItem[]> {
    if (this.buffer.length === 0 && !this.ended && !this.failure) await this.sleepTaker(patienceMs);
    if (this.buffer.length === 0 && this.failure) throw this.failure.error;
    if (this.buffer.length === 0 && this.ended) throw new Error('the subscription has ended');
    const taken = this.buffer.splice(0, most);
    this.wakePump();
    return taken;
  }

  private async pump(items: AsyncIterable<SubscriptionItem>): Promise<void> {
    try {
      for await (const item of items) {
        this.buffer.push(item);
        this.wakeTaker();
        if (this.buffer.length >= this.capacity) await new Promise<void>((resolve) => { this.wakePump = resolve; });
      }
    } catch (error) {
      this.failure = { error };
    }
    this.ended = true;
    this.wakeTaker();
  }

  private sleepTaker(patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      this.wakeTaker = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
