import type { Access } from '../../shared/http/access-record.js';

/** `times`: how many requests it stands for. */
export type RecordRefusal = (access: Access, times: number) => void;

const FIRST_WINDOW_MS = 1_000;
const LONGEST_WINDOW_MS = 60_000;
/** Different refusals of one actor at a time; further ones count as one kind. */
const MOST_KINDS = 10;
const MOST_IDS = 20;
const MANY = '(many)';

interface Window {
  readonly last: Access;
  readonly times: number;
  readonly ids: ReadonlySet<string>;
  readonly until: number;
  readonly ms: number;
}

/**
 * Bounds what refusals add to the log: the first of a kind (actor, route, code) is recorded at once, its repeats are counted and recorded together when a window
 * ends: after a second, then, for as long as they go on, after twice as long, up to a minute. Nobody fills the log by asking for what they may not have.
 */
export class Refusals {
  readonly #actors = new Map<string, Map<string, Window>>();

  constructor(private readonly record: RecordRefusal) {}

  add(access: Access, now: number): void {
    const actor = access.principal?.id ?? '';
    let kinds = this.#actors.get(actor);
    if (!kinds) this.#actors.set(actor, (kinds = new Map()));
    const known = kinds.has(kindOf(access)) || kinds.size < MOST_KINDS;
    const told = known ? access : { ...access, route: MANY, code: MANY };
    const kind = kindOf(told);
    const window = kinds.get(kind);
    if (!window) {
      kinds.set(kind, { last: told, times: 0, ids: new Set(), until: now + FIRST_WINDOW_MS, ms: FIRST_WINDOW_MS });
      this.record(told, 1);
    } else kinds.set(kind, { ...window, last: told, times: window.times + 1, ids: window.ids.size < MOST_IDS ? new Set([...window.ids, ...told.customers]) : window.ids });
  }

  /** Records the repeats of the windows that have ended; with `all` of every one. To be called about once a second. */
  flush(now: number, all = false): void {
    for (const [actor, kinds] of this.#actors) {
      for (const [kind, { last, times, ids, until, ms }] of kinds) {
        if (until > now && !all) continue;
        if (times > 0) this.record({ ...last, customers: [...ids].slice(0, MOST_IDS) }, times);
        const next = Math.min(ms * 2, LONGEST_WINDOW_MS);
        if (times === 0) kinds.delete(kind);
        else kinds.set(kind, { last, times: 0, ids: new Set(), until: now + next, ms: next });
      }
      if (kinds.size === 0) this.#actors.delete(actor);
    }
  }
}

const kindOf = ({ route, code }: Access): string => `${code} ${route}`;
