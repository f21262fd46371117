import { earliestDue, type EvaluatorState, type Step, type SubjectStore } from '../evaluator.js';
import { KeptAggregates } from '../kept-aggregates.js';
import { accountFrom, fieldsFrom, picksFrom, storedAccount, storedFields, storedPicks } from '../stored-form.js';
import { addFact, type CustomerFact, type Subject } from '../subject.js';

/** Keeps copies by way of JSON, as a database does: what is in hand and was not committed is lost with the evaluator. */
export class CopyingStore implements SubjectStore {
  readonly #subjects = new Map<string, string>();
  readonly #facts: string[] = [];
  loads = 0;
  state: EvaluatorState;

  constructor(state: EvaluatorState) {
    this.state = state;
  }

  commit({ changed, facts, state }: Step<unknown>): void {
    for (const { id, person, accounts, memory } of changed)
      this.#subjects.set(id, JSON.stringify({
        person: person && { ...person, profile: storedPicks(person.profile) }, accounts: [...accounts].map(([account, held]) => [account, storedAccount(held)]), memory: [...memory], due: earliestDue(memory),
      }));
    for (const fact of facts) this.#facts.push(JSON.stringify({ ...fact, fields: storedFields(fact.fields) }));
    this.state = { ...state, program: JSON.parse(JSON.stringify(state.program)) as object };
  }

  async load(ids: readonly string[], factsFrom: number): Promise<readonly Subject[]> {
    this.loads++;
    const facts = this.#facts.map((text) => JSON.parse(text) as CustomerFact).filter(({ at }) => at >= factsFrom);
    return ids.flatMap((id) => {
      const kept = this.#subjects.get(id);
      if (kept === undefined) return [];
      const { person, accounts, memory } = JSON.parse(kept);
      const subject: Subject = {
        id, person: person && { ...person, profile: picksFrom(person.profile) }, accounts: new Map(accounts.map(([account, held]: never[]) => [account, accountFrom(held!)])), facts: new Map(), factsFrom, kept: new KeptAggregates(), memory: new Map(memory),
      };
      for (const fact of facts) if (fact.customerId === id) addFact(subject, { ...fact, fields: fieldsFrom(fact.fields) });
      return [subject];
    });
  }

  async ownersOf(accounts: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return new Map([...this.#subjects].flatMap(([id, kept]) => (JSON.parse(kept).accounts as [string, unknown][]).filter(([account]) => accounts.includes(account)).map(([account]) => [account, id] as const)));
  }

  async idsAfter(id: string | null, limit: number): Promise<readonly string[]> {
    return [...this.#subjects.keys()].sort().filter((other) => id === null || other > id).slice(0, limit);
  }

  async *dues(): AsyncGenerator<{ id: string; at: number }> {
    for (const [id, kept] of this.#subjects) {
      const { due } = JSON.parse(kept) as { due: number | null };
      if (due !== null) yield { id, at: due };
    }
  }
}
