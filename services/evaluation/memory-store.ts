import { activityOf } from './activity.js';
import { earliestDue, type Step, type SubjectStore } from './evaluator.js';
import type { Subject } from './subject.js';

/** Keeps everybody in memory and nothing after that: for replays of the whole log. `keep` belongs into the evaluator's `commit`. */
export interface MemorySubjects extends SubjectStore {
  keep(step: Pick<Step<unknown>, 'takeChanges'>): void;
}

export function memorySubjects(): MemorySubjects {
  const kept = new Map<string, Subject>();
  let ids: readonly string[] | undefined;
  return {
    keep({ takeChanges }) {
      const { changed } = takeChanges();
      if (changed.some(({ id }) => !kept.has(id))) ids = undefined;
      for (const subject of changed) kept.set(subject.id, subject);
    },
    load: async (wanted) => wanted.flatMap((id) => kept.get(id) ?? []),
    ownersOf: async (accounts) => new Map(accounts.flatMap((account) => [...kept.values()].filter((subject) => subject.accounts.has(account)).map(({ id }) => [account, id] as const))),
    async idsAfter(id, limit) {
      ids ??= [...kept.keys()].sort();
      const from = id === null ? 0 : ids.findIndex((other) => other > id);
      return from < 0 ? [] : ids.slice(from, from + limit);
    },
    activity: async (from, until) => [...kept.values()].flatMap(({ facts }) => activityOf(facts.get('movement') ?? [], from, until)),
    async *dues() {
      for (const subject of kept.values()) {
        const at = earliestDue(subject.memory);
        if (at !== null) yield { id: subject.id, at };
      }
    },
  };
}
