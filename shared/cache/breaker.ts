export interface BreakerOptions {
  /** Failures in a row after which nothing is asked any more. */
  readonly failures: number;
  /** How long nothing is asked; then one call tries. */
  readonly pauseMs: number;
  readonly changed?: (state: 'open' | 'closed') => void;
}

/** Spares callers the wait for a part that does not answer. */
export class Breaker {
  private failed = 0;
  private closedFrom = -Infinity;

  constructor(private readonly options: BreakerOptions, private readonly now: () => number = () => performance.now()) {}

  /** Whether to ask; while open, true for one call each pause. */
  allows(): boolean {
    if (this.failed < this.options.failures) return true;
    if (this.now() < this.closedFrom) return false;
    this.closedFrom = this.now() + this.options.pauseMs;
    return true;
  }

  succeeded(): void {
    if (this.failed >= this.options.failures) this.options.changed?.('closed');
    this.failed = 0;
  }

  didFail(): void {
    this.failed++;
    if (this.failed < this.options.failures) return;
    this.closedFrom = this.now() + this.options.pauseMs;
    if (this.failed === this.options.failures) this.options.changed?.('open');
  }
}
