import { activityOf, type Activity } from '../activity.js';
import { earliestDue, type EvaluatorState, type Step, type SubjectStore } from '../evaluator.js';
import { EVERYTHING, type Asked } from '../fact-fields.js';
import { KeptAggregates } from '../kept-aggregates.js';
import { factFrom, factRow, type FactRow } from '../stored-fact.js';
import { accountFrom, accountRow, type AccountRow } from '../stored-account.js';
import { picksFrom, storedPicks } from '../stored-form.js';
import { addFact, type Subject } from '../subject.js';

/** Keeps copies by way of JSON, as a database does: what is in hand and was not committed is lost with the evaluator. */
export class CopyingStore implements SubjectStore {
  readonly #subjects = new Map<string, string>();
  readonly #accounts = new Map<string, Map<string, string>>();
  readonly #facts: string[] = [];
  loads = 0;
  state: EvaluatorState;

  constructor(state: EvaluatorState) {
    this.state = state;
  }

  commit({ takeChanges, state }: Step<unknown>): void {
    const { changed, accounts, facts } = takeChanges();
    for (const { id, person, memory } of changed)
      this.#subjects.set(id, JSON.stringify({ person: person && { ...person, profile: storedPicks(person.profile) }, memory: [...memory], due: earliestDue(memory) }));
    for (const { id, customerId, account } of accounts)
      this.#accounts.set(customerId, (this.#accounts.get(customerId) ?? new Map<string, string>()).set(id, textOf(accountRow(id, customerId, account))));
    for (const fact of facts) this.#facts.push(textOf(factRow(fact)));
    this.state = { ...state, program: JSON.parse(JSON.stringify(state.program)) as object };
  }

  async load(ids: readonly string[], factsFrom: number, asked: Asked = EVERYTHING): Promise<readonly Subject[]> {
    this.loads++;
    const facts = this.#facts.map((text) => factFrom(JSON.parse(text) as FactRow)).filter(({ at }) => at >= factsFrom);
    return ids.flatMap((id) => {
      const kept = this.#subjects.get(id);
      if (kept === undefined) return [];
      const { person, memory } = JSON.parse(kept);
      const accounts = [...(this.#accounts.get(id) ?? [])].map(([account, held]) => [account, accountFrom(JSON.parse(held) as AccountRow)] as const);
      const subject: Subject = {
        id, person: person && { ...person, profile: picksFrom(person.profile) }, accounts: new Map(accounts), facts: new Map(), factsFrom, kept: new KeptAggregates(), memory: new Map(memory),
      };
      for (const fact of facts) if (fact.customerId === id) addFact(subject, fact, asked);
      return [subject];
    });
  }

  async ownersOf(accounts: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return new Map([...this.#accounts].flatMap(([id, held]) => [...held.keys()].filter((account) => accounts.includes(account)).map((account) => [account, id] as const)));
  }

  async idsAfter(id: string | null, limit: number): Promise<readonly string[]> {
    return [...this.#subjects.keys()].sort().filter((other) => id === null || other > id).slice(0, limit);
  }

  async activity(from: number, until: number): Promise<readonly Activity[]> {
    return activityOf(this.#facts.map((text) => factFrom(JSON.parse(text) as FactRow)), from, until);
  }

  async *dues(): AsyncGenerator<{ id: string; at: number }> {
    for (const [id, kept] of this.#subjects) {
      const { due } = JSON.parse(kept) as { due: number | null };
      if (due !== null) yield { id, at: due };
    }
  }
}

const textOf = (row: object): string => JSON.stringify(row, (_, cell: unknown) => (typeof cell === 'bigint' ? String(cell) : cell));
