import { LRUCache } from 'lru-cache';
import type { SubjectKey } from './vault.js';

export interface OpenedKeysOptions {
  /** How long the keys in memory may be used without asking whether one was destroyed: the bound on sealing with a destroyed key, in ms. */
  readonly freshForMs: number;
  /** How long an opened key stays in memory at most, in ms. */
  readonly keptForMs: number;
  readonly keptKeys: number;
}

/** Opened keys in memory: bounded in number and time, and thrown away together when the root's generation says that something was destroyed. */
export class OpenedKeys {
  private readonly bySubject: LRUCache<string, SubjectKey>;
  private readonly byId: LRUCache<string, Buffer>;
  private generation = 0;
  private freshUntil = -Infinity;
  private asking: Promise<void> | undefined;

  constructor(private readonly generationNow: () => Promise<number>, private readonly options: OpenedKeysOptions) {
    const bounds = { max: options.keptKeys, ttl: options.keptForMs, ttlResolution: 100 };
    this.bySubject = new LRUCache(bounds);
    this.byId = new LRUCache(bounds);
  }

  /** To be awaited before `ofSubject` and `ofId`. Fails when the vault cannot be asked: a key that may be destroyed is not used. */
  async refresh(): Promise<void> {
    if (performance.now() < this.freshUntil) return;
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    await this.asking;
  }

  ofSubject(subject: string): SubjectKey | undefined {
    return this.bySubject.get(subject);
  }

  ofId(keyId: string): Buffer | undefined {
    return this.byId.get(keyId);
  }

  /** `generation` is the root's when the key was read: a key read before a destruction that is known by now is not kept. */
  keep(subject: string, key: SubjectKey, generation: number): void {
    this.saw(generation);
    if (generation !== this.generation) return;
    this.bySubject.set(subject, key);
    this.byId.set(key.keyId, key.key);
  }

  clear(): void {
    this.bySubject.clear();
    this.byId.clear();
    this.freshUntil = -Infinity;
  }

  private async ask(): Promise<void> {
    const askedAt = performance.now();
    this.saw(await this.generationNow());
    this.freshUntil = askedAt + this.options.freshForMs;
  }

  private saw(generation: number): void {
    if (generation <= this.generation) return;
    this.generation = generation;
    this.bySubject.clear();
    this.byId.clear();
  }
}
