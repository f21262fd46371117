/**
 * How to take back what was decided and is not stored: every change of the state registers its inverse. A mark is a place in it; undoing to a mark
 * restores the state of that moment exactly. What is stored is forgotten.
 */
export class Journal {
  #inverses: (() => void)[] = [];
  #forgotten = 0;

  mark(): number {
    return this.#forgotten + this.#inverses.length;
  }

  record(inverse: () => void): void {
    this.#inverses.push(inverse);
  }

  undoTo(mark: number): void {
    if (mark < this.#forgotten) throw new Error('what is stored cannot be undone');
    while (this.mark() > mark) this.#inverses.pop()!();
  }

  /** Everything before the mark is stored. */
  forgetTo(mark: number): void {
    const settled = mark - this.#forgotten;
    if (settled <= 0) return;
    this.#inverses = settled >= this.#inverses.length ? [] : this.#inverses.slice(settled);
    this.#forgotten = mark;
  }
}
