/** Questions that come while one is under way are asked together, as the next one: however many ask at once, the database is asked little more than twice. */
export class Gathered<Answer> {
  private last: Promise<unknown> = Promise.resolve();
  private next: { readonly names: Set<string>; readonly answers: Promise<ReadonlyMap<string, Answer>> } | undefined;

  constructor(private readonly ask: (names: readonly string[]) => Promise<ReadonlyMap<string, Answer>>) {}

  /** The answers of a question that begins after this call; others' names may be among them. Fails for all who asked with it. */
  answersTo(names: readonly string[]): Promise<ReadonlyMap<string, Answer>> {
    this.next ??= this.prepare();
    for (const name of names) this.next.names.add(name);
    return this.next.answers;
  }

  private prepare(): NonNullable<typeof this.next> {
    const names = new Set<string>();
    const answers = this.last.then(() => {
      this.next = undefined;
      return this.ask([...names]);
    });
    this.last = answers.catch(() => undefined);
    return { names, answers };
  }
}
