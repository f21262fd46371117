import { accessesVerifier } from '../../projections/accesses/verify.js';
import { approvalsVerifiers } from '../../projections/approvals/verify.js';
import { customersVerifiers } from '../../projections/customers/verify.js';
import { ledgerVerifiers } from '../../projections/ledger/verify.js';
import { marketingVerifiers } from '../../projections/marketing/verify.js';
import { riskVerifiers } from '../../projections/risk/verify.js';
import { statisticsVerifier } from '../../projections/statistics/verify.js';
import type { Recorded } from '../../shared/events/definition.js';
import { StoreFailure, type EventStore, type StoredEvent } from '../../shared/event-store/port.js';
import type { Difference, ReadRows, Verifier } from '../../shared/read-store/verify.js';
import type { Finding } from './finding.js';
import { liveLanes, type Lanes } from './lanes.js';
import type { BankRecords } from './open-records.js';

type VerifiersOf = (records: BankRecords, query: ReadRows, lanes: Lanes) => Promise<readonly Verifier[]>;

export const READ_MODELS: Readonly<Record<string, VerifiersOf>> = {
  approvals: async (_, query) => approvalsVerifiers(query),
  customers: ({ vault, log }, query, lanes) => customersVerifiers({ query, vault, eventsOf: (stream) => eventsUpTo(log, stream, lanes) }),
  ledger: async (_, query) => ledgerVerifiers(query),
  accesses: async (_, query) => [accessesVerifier(query)],
  risk: async (_, query) => riskVerifiers(query),
  statistics: async (_, query) => [statisticsVerifier(query)],
  marketing: async (_, query) => marketingVerifiers(query),
};

/**
 * Every row of a live read model against what the log makes it, at the very position that each of its lanes has reached: `query` reads rows and
 * lanes in one repeatable-read transaction, so the bank may go on meanwhile.
 */
export class ReadModelCheck {
  private lacking = 0;

  private constructor(
    private readonly name: string,
    private readonly lanes: Lanes | undefined,
    private readonly verifiers: readonly Verifier[],
    private readonly end: bigint,
  ) {}

  /** One for each read model. What the log has beyond `end` nobody expects of them. */
  static async ofAll(records: BankRecords, query: ReadRows, end: bigint): Promise<readonly ReadModelCheck[]> {
    const checks: ReadModelCheck[] = [];
    for (const [name, verifiersOf] of Object.entries(READ_MODELS)) {
      const lanes = await liveLanes(query, name);
      checks.push(new ReadModelCheck(name, lanes, lanes ? await verifiersOf(records, query, lanes) : [], end));
    }
    return checks;
  }

  /** Counts what the read model has not got; every event of the log, readable or not. */
  count(stored: StoredEvent): void {
    if (stored.position <= this.end && this.lanes?.lacks(stored)) this.lacking++;
  }

  /** Takes the next event of the log; now and then gives what was found in a stretch that is complete. */
  check(stored: StoredEvent, recorded: Recorded): AsyncIterable<Finding> | undefined {
    if (!this.lanes?.reached(stored)) return undefined;
    const stretches = this.verifiers.flatMap((verifier) => verifier.take(recorded) ?? []);
    return stretches.length > 0 ? findingsIn(stretches) : undefined;
  }

  /** After the last event. */
  async *finish(): AsyncIterable<Finding> {
    if (!this.lanes) yield { code: 'read_model_missing', where: this.name, detail: 'there is no live build; start the bank and let it catch up' };
    for (const { lane, reason } of this.lanes?.halted ?? []) yield { code: 'lane_halted', where: `${this.name} ${lane}`, detail: reason };
    const behind = `it has not got ${this.lacking} of its events up to position ${this.end}: its rows are compared as of its checkpoint`;
    if (this.lacking > 0) yield { code: 'read_model_behind', where: this.name, detail: behind };
    for (const stream of this.lanes?.parked ?? []) yield { code: 'stream_parked', where: `${this.name} ${stream}`, detail: 'its events are set aside and not in the read model' };
    yield* findingsIn(this.verifiers.map((verifier) => verifier.finish()));
  }
}

/** One stream's events that the read model had been given; none where the store has no such stream any more. */
async function* eventsUpTo(log: EventStore, stream: string, lanes: Lanes): AsyncIterable<StoredEvent> {
  try {
    for await (const stored of log.readStream(stream)) if (lanes.reached(stored)) yield stored;
  } catch (error) {
    if (!(error instanceof StoreFailure && (error.kind === 'stream-not-found' || error.kind === 'stream-tombstoned'))) throw error;
  }
}

async function* findingsIn(stretches: readonly AsyncIterable<Difference>[]): AsyncGenerator<Finding> {
  for (const stretch of stretches) for await (const difference of stretch) yield findingOf(difference);
}

function findingOf({ table, key, kind, column, expected, found }: Difference): Finding {
  const detail = kind === 'changed' ? `${column}: the log makes it ${expected ?? 'null'}, the row has ${found ?? 'null'}` : kind === 'missing' ? 'the row is missing' : 'the log knows no such row';
  return { code: `row_${kind}`, where: `${table} ${key}`, detail };
}
