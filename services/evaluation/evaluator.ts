import type { Recorded } from '../../shared/events/definition.js';
import type { Activity } from './activity.js';
import { getHeapStatistics } from 'node:v8';
import { DueQueue, type DueCustomer } from './due-queue.js';
import { askedBy, EVERYTHING, horizonOf, includes, type Asked } from './fact-fields.js';
import { idsIn } from './ids-in.js';
import type { Cause, Occasion, Program } from './program.js';
import type { Subject } from './subject.js';
import type { Group } from './subject-view.js';
import { takeIn } from './take-in.js';
import { World, type Changes } from './world.js';

/** Where the customers are kept that are not in hand. */
export interface SubjectStore {
  /** Those of the ids that are kept, with what is asked of their facts from a moment on: everything, where nothing is said. */
  load(ids: readonly string[], factsFrom: number, asked?: Asked): Promise<readonly Subject[]>;
  /** Account → owner, of those that are kept. */
  ownersOf(accounts: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Ids after one, in order; at most `limit`. */
  idsAfter(id: string | null, limit: number): Promise<readonly string[]>;
  /** Everybody who has to be looked at again at some moment. */
  dues(): AsyncIterable<DueCustomer>;
  /** What everybody moved from a moment on and before another. */
  activity(from: number, until: number): Promise<readonly Activity[]>;
}

/** A moment of the bank's calendar at which everybody is looked at together, by what they moved before it. */
export interface Turn<Output> {
  /** Of the time that counts: up to `at`, and not with it. Milliseconds since 1970. */
  readonly from: number;
  readonly at: number;
  /** Everybody, in the order of ids. */
  take(occasion: Occasion, activity: readonly Activity[]): void;
  outputs(): readonly Output[];
}

export interface Turns<Output> {
  /** The latest after one moment and until another, if there is one. */
  latest(after: number, until: number): Turn<Output> | undefined;
}

/** What has to be durable together, its outputs in the log first. */
export interface Step<Output> {
  readonly outputs: readonly Output[];
  /** False: with its outputs in the log, the rest may wait for a later step. Begun anew from the step stored last, the same outputs come again. */
  readonly mustStore: boolean;
  /** What has to be stored with the state. Whoever asks has them: they do not come again. */
  takeChanges(): Changes;
  readonly state: EvaluatorState;
}

/** Where it stands. */
export interface EvaluatorState {
  /** In the log, of the last event that was evaluated whole; -1n for none. */
  readonly position: bigint;
  /** Booking times and ticks seen so far, in milliseconds since 1970. It never goes back. */
  readonly clock: number;
  readonly merges: readonly (readonly [gone: string, into: string])[];
  readonly program: object;
  /** Everybody is being looked at because of the event behind `position`; those up to this id have been. */
  readonly sweptTo: string | null;
}

export const atTheBeginning: EvaluatorState = { position: -1n, clock: -8.64e15, merges: [], program: {}, sweptTo: null };

export interface EvaluatorOptions<Output> {
  readonly program: Program<Output>;
  readonly store: SubjectStore;
  readonly state: EvaluatorState;
  /** When an event counts as having happened, in milliseconds since 1970. */
  readonly bookedAt: (recorded: Recorded) => number;
  readonly startOfDay: (date: string) => number;
  readonly turns?: Turns<Output>;
  /** Makes a step durable, or its outputs alone where that is enough. */
  readonly commit: (step: Step<Output>) => Promise<void>;
  /** Customers of one step where everybody is looked at. */
  readonly pageSize?: number;
  /** About how many bytes of customers stay in hand between batches. Infinity: nothing is ever let go, and the store has nothing else. */
  readonly keepInHand?: number;
}

/** Two evaluations share a process, and what is counted is not all that there is. */
const KEEP_IN_HAND = getHeapStatistics().heap_size_limit / 8;
const FAR_AHEAD = 8.64e15;
/** Facts of a customer. */
const FORGOTTEN_TOGETHER = 64;
/** Customers whom one event names. */
const CROWD = 50;

/** Evaluates a program over events in the log's order. After a throw it is of no use any more: another begins from the state committed last. */
export class Evaluator<Output> {
  readonly #world: World;
  /** How far back rules ask. */
  #horizonMs: number;
  readonly #due = new DueQueue();
  #position: bigint;
  #clock: number;
  #sweptTo: string | null;
  #outputs: Output[] = [];
  #lately = new Set<string>();

  private constructor(private readonly options: EvaluatorOptions<Output>) {
    const { position, clock, merges, program, sweptTo } = options.state;
    options.program.load(program);
    this.#world = new World(merges, this.#asked());
    this.#horizonMs = horizonOf(options.program.rules());
    [this.#position, this.#clock, this.#sweptTo] = [position, clock, sweptTo];
  }

  static async start<Output>(options: EvaluatorOptions<Output>): Promise<Evaluator<Output>> {
    const evaluator = new Evaluator(options);
    for await (const { id, at } of options.store.dues()) evaluator.#due.set(id, at);
    return evaluator;
  }

  /** The events follow the last that was taken, in the log's order; what was taken before is left out. */
  async take(events: readonly Recorded[]): Promise<void> {
    const fresh = events.filter(({ position }) => position > this.#position);
    for (const { part, crowd } of partsOf(fresh)) {
      await this.#bringInHand(part);
      for (const [index, recorded] of part.entries()) {
        if (await this.#takeOne(recorded)) await this.#bringInHand(part.slice(index + 1));
      }
      await this.#commit({ mustStore: crowd });
      this.#letGo();
    }
  }

  /** Gives a step with whatever waits to be stored. */
  async store(): Promise<void> {
    await this.#commit();
  }

  /** Answers whether others have been in hand meanwhile, or the rules are others now. */
  async #takeOne(recorded: Recorded): Promise<boolean> {
    const { program, bookedAt } = this.options;
    const at = bookedAt(recorded);
    const cause: Cause = { kind: 'event', id: recorded.id };
    // A booking date ahead of its time must not take the clock along.
    const turned = await this.#advance(Math.min(at, Date.parse(recorded.metadata.recordedAt)), cause);
    const change = program.take(recorded);
    if (change !== 'none') await this.#askAnew();
    if (change === 'everybody') await this.#lookAtEverybody(cause);
    // Others came in hand meanwhile, and new rules may ask for older facts.
    if (change !== 'none' || turned) await this.#bringInHand([recorded]);
    const { touched, facts } = takeIn(this.#world, recorded, at);
    for (const fact of facts) this.#outputs.push(...program.onFact(fact, this.#occasion(this.#world.survivorOf(fact.customerId), cause, fact.at)));
    for (const id of touched) this.#outputs.push(...program.onCustomer(this.#occasion(id, cause, this.#clock)));
    this.#position = recorded.position;
    return change !== 'none' || turned;
  }

  /** Answers whether the calendar turned. */
  async #advance(until: number, cause: Cause): Promise<boolean> {
    const turn = this.options.turns?.latest(this.#clock, until);
    if (turn) {
      await this.#pass(turn.at - 1);
      await this.#turn(turn, cause);
    }
    await this.#pass(until);
    return turn !== undefined;
  }

  /** Everybody is looked at without their facts, and let go of: whom the next events concern comes in hand with them. */
  async #turn(turn: Turn<Output>, cause: Cause): Promise<void> {
    const { store, pageSize = 500, keepInHand = 0 } = this.options;
    await this.#commit();
    const activity = new Map<string, Activity[]>();
    for (const one of await store.activity(turn.from, turn.at)) {
      const own = activity.get(one.customerId);
      if (own) own.push(one);
      else activity.set(one.customerId, [one]);
    }
    for (let ids = await store.idsAfter(null, pageSize); ids.length > 0; ids = await store.idsAfter(ids.at(-1)!, pageSize)) {
      await this.#inHand(ids, FAR_AHEAD);
      for (const id of ids) {
        const occasion = this.#occasion(id, cause, turn.at);
        turn.take(occasion, occasion.group.flatMap((subject) => activity.get(subject.id) ?? []));
      }
      if (keepInHand < Infinity) this.#world.keepAtMost(0, new Set());
    }
    this.#clock = turn.at;
    this.#outputs.push(...turn.outputs());
  }

  /** Time passes: whatever becomes due is looked at in its own moment, in order. */
  async #pass(until: number): Promise<void> {
    for (let next = this.#due.takeNext(until); next; next = this.#due.takeNext(until)) {
      await this.#inHand([next.id], next.at);
      this.#clock = Math.max(this.#clock, next.at);
      this.#outputs.push(...this.options.program.onCustomer(this.#occasion(next.id, { kind: 'time', at: next.at }, this.#clock)));
    }
    this.#clock = Math.max(this.#clock, until);
  }

  /** In steps: nobody who has been looked at is again after a crash. */
  async #lookAtEverybody(cause: Cause): Promise<void> {
    const { store, program, pageSize = 500 } = this.options;
    await this.#commit();
    for (let ids = await store.idsAfter(this.#sweptTo, pageSize); ids.length > 0; ids = await store.idsAfter(this.#sweptTo, pageSize)) {
      await this.#inHand(ids, this.#clock);
      for (const id of ids) this.#outputs.push(...program.onCustomer(this.#occasion(id, cause, this.#clock)));
      this.#sweptTo = ids.at(-1)!;
      await this.#commit();
      this.#letGo();
    }
    this.#sweptTo = null;
  }

  /** Everybody whom the events may concern, with the facts that rules may ask for then. */
  async #bringInHand(events: readonly Recorded[]): Promise<void> {
    if (events.length === 0) return;
    const ids = events.map(({ event }) => idsIn(event));
    const strangers = this.#world.strangersAmong(ids.flatMap(({ accounts }) => accounts));
    const owners = strangers.length === 0 ? new Map<string, string>() : await this.options.store.ownersOf(strangers);
    this.#world.areOwnerless(strangers.filter((account) => !owners.has(account)));
    await this.#inHand([...ids.flatMap(({ customers }) => customers), ...owners.values()], Math.min(this.#clock, ...events.map((recorded) => this.options.bookedAt(recorded))));
  }

  /** `earliest`: the moment they may be looked at. */
  async #inHand(ids: readonly string[], earliest: number): Promise<void> {
    const factsFrom = earliest - this.#horizonMs;
    const wanted = [...new Set(ids.flatMap((id) => [id, this.#world.survivorOf(id)]))].flatMap((id) => [id, ...this.#world.mergedInto(id)]);
    for (const id of wanted) {
      if (this.#lately.has(id)) continue;
      this.#lately.add(id);
      this.#world.use(id);
    }
    const missing = [...new Set(wanted)].filter((id) => (this.#world.inHand(id)?.factsFrom ?? Infinity) > factsFrom);
    if (missing.length === 0) return;
    // One that is in hand, but not with facts old enough, may have changed.
    if (missing.some((id) => this.#world.inHand(id))) await this.#commit();
    const loaded = await this.options.store.load(missing, factsFrom, this.#world.asked);
    for (const subject of loaded) this.#world.hold(subject);
  }

  /** Where rules ask for what is not held of those in hand, they are let go, and come again with it. */
  async #askAnew(): Promise<void> {
    const asked = this.#asked();
    this.#horizonMs = horizonOf(this.options.program.rules());
    if (!includes(this.#world.asked, asked)) {
      await this.#commit();
      this.#world.keepAtMost(0, new Set());
    }
    this.#world.asked = asked;
  }

  #asked(): Asked {
    return this.options.keepInHand === Infinity ? EVERYTHING : askedBy(this.options.program.rules());
  }

  #occasion(id: string, cause: Cause, now: number): Occasion {
    const survives = this.#world.isSurvivor(id);
    const group: Group = survives ? this.#world.groupOf(id) : [this.#world.subject(id)];
    const [subject] = group;
    return {
      customerId: id, group, cause, now, startOfDay: this.options.startOfDay,
      exists: survives && subject.person !== null,
      recall: (rule) => subject.memory.get(rule),
      remember: (rule, memory) => {
        if (memory === null) subject.memory.delete(rule);
        else subject.memory.set(rule, memory);
        this.#world.change(subject);
        this.#due.set(subject.id, earliestDue(subject.memory));
      },
    };
  }

  /** Those of the last batch stay: they are likely to come again, and a customer busier than the limit would be loaded for every batch. */
  #letGo(): void {
    const { keepInHand = KEEP_IN_HAND } = this.options;
    if (keepInHand < Infinity) this.#world.forgetFacts(this.#lately, this.#clock - this.#horizonMs, FORGOTTEN_TOGETHER);
    this.#world.keepAtMost(keepInHand, this.#lately);
    this.#lately = new Set();
  }

  async #commit({ mustStore } = { mustStore: true }): Promise<void> {
    const outputs = this.#outputs;
    this.#outputs = [];
    const state = { position: this.#position, clock: this.#clock, merges: this.#world.merges, program: this.options.program.save(), sweptTo: this.#sweptTo };
    await this.options.commit({ outputs, mustStore, takeChanges: () => this.#world.takeChanges(), state });
  }
}

/** An event that names a crowd is a part of its own, stored before the next: a batch of such would bring everybody in hand at once. */
function* partsOf(events: readonly Recorded[]): Iterable<{ readonly part: readonly Recorded[]; readonly crowd: boolean }> {
  let begins = 0;
  for (const [index, { event }] of events.entries()) {
    if (idsIn(event).customers.length <= CROWD) continue;
    if (index > begins) yield { part: events.slice(begins, index), crowd: false };
    yield { part: [events[index]!], crowd: true };
    begins = index + 1;
  }
  if (begins < events.length) yield { part: events.slice(begins), crowd: false };
}

/** When a customer has to be looked at again; null: nothing changes by time alone. */
export function earliestDue(memory: Subject['memory']): number | null {
  const moments = [...memory.values()].flatMap(({ due }) => due ?? []);
  return moments.length === 0 ? null : Math.min(...moments);
}
