import type { Logger } from 'pino';
import { createDecoder } from '../../shared/event-bus/decode.js';
import type { BusEvent, EventBus, Topic } from '../../shared/event-bus/port.js';
import type { Codec } from '../../shared/events/codec.js';
import type { Recorded } from '../../shared/events/definition.js';
import { topicOf } from '../../shared/events/registry.js';
import type { Vault } from '../../shared/crypto/vault.js';
import { migrate } from '../../shared/read-store/migrate.js';
import type { Pool } from '../../shared/read-store/pool.js';
import { bankTimes } from './bank-times.js';
import { atTheBeginning, Evaluator, type EvaluatorState, type Step, type Turns } from './evaluator.js';
import type { EvaluationMeters } from './meters.js';
import { readForEvaluation } from './opening.js';
import { postgresSubjects } from './postgres-subjects.js';
import { startProcessor, type Commit, type Evaluation, type Processor } from './processor/processor.js';
import type { Program } from './program.js';
import { evaluationSchema, subjectTables } from './subject-tables.js';

export interface LiveEvaluation<Output> {
  /** Of the lease, the group and the schema in `read`. */
  readonly name: string;
  /** Made anew whenever the evaluation begins anew. */
  readonly program: () => Program<Output>;
  readonly turns?: Turns<Output>;
  /** Modules whose events it needs besides customers, ledger and clock: those of its own rules. */
  readonly modules: readonly string[];
  /** Resolves once the outputs are in the log, also where they were before. Whatever is put into `remembered` is stored with the state, and is there again afterwards. */
  readonly append: (outputs: readonly Output[], remembered: Record<string, string>) => Promise<void>;
  readonly bus: EventBus;
  readonly codec: Codec;
  readonly vault: Vault;
  readonly opsPool: Pool;
  readonly readPool: Pool;
  readonly timeZone: string;
  readonly logger: Logger;
  readonly meters: EvaluationMeters;
}

/** The state as it stands in Postgres. */
type StoredState = Omit<EvaluatorState, 'position'> & { readonly position: string; readonly remembered?: Readonly<Record<string, string>> };

/** Evaluates a program over the bank's stream, for ever. What cannot be read is logged and left out: the projections have parked or halted it, and somebody knows. */
export function startLiveEvaluation<Output>(live: LiveEvaluation<Output>): Processor {
  const { name, bus, opsPool, readPool, logger, append, meters } = live;
  const schema = evaluationSchema(name);
  const topics: Topic[] = ['customers', 'ledger', 'clock', ...live.modules].map(topicOf);
  const decoder = createDecoder(live.codec);

  async function readable(events: readonly BusEvent[]): Promise<readonly Recorded[]> {
    const decoded = await readForEvaluation(decoder, events);
    return decoded.flatMap((one, index) => {
      if (one.kind === 'recorded') return [one.recorded];
      const { stream, revision, type } = events[index]!;
      logger.error({ evaluation: name, stream, revision: revision.toString(), type, reason: one.reason }, 'an event cannot be read and is not evaluated');
      meters.unreadable();
      return [];
    });
  }

  async function begin(stored: StoredState | null): Promise<Evaluation<Output, StoredState>> {
    await migrate(readPool, schema, subjectTables);
    const subjects = postgresSubjects(readPool, schema, live.vault);
    const remembered = { ...stored?.remembered };
    let commit: Commit<Output, StoredState> = async () => { throw new Error('nothing was taken'); };
    async function give(step: Step<Output>): Promise<void> {
      const { outputs, mustStore, state } = step;
      await commit({ outputs, mustStore, state: () => ({ ...state, position: String(state.position), remembered }), save: (client) => subjects.save(client, step.takeChanges()) });
      meters.committed(outputs.length, state);
    }
    const evaluator = await Evaluator.start<Output>({
      ...bankTimes(live.timeZone), program: live.program(), ...(live.turns && { turns: live.turns }), store: subjects, commit: give,
      state: stored ? { ...stored, position: BigInt(stored.position) } : atTheBeginning,
    });
    return {
      append: (outputs) => append(outputs, remembered),
      async take(events, makeDurable) {
        commit = makeDurable;
        const recorded = await readable(events);
        await evaluator.take(recorded);
        meters.taken(recorded.length);
      },
      async store(makeDurable) {
        commit = makeDurable;
        await evaluator.store();
      },
    };
  }

  return startProcessor<Output, StoredState>({ name, bus, topics, opsPool, readPool, schema, begin, logger });
}
