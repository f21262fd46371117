import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { Command, InvalidArgumentError } from 'commander';
import { headsFolder } from '../../services/notary/heads-folder.js';
import { SigningKeyFault } from '../../services/notary/signing-key.js';
import { ConfigFault, loadConfig, type Config } from '../../shared/config/config.js';
import { StoreFailure } from '../../shared/event-store/port.js';
import type { Verifier } from '../../shared/merkle/checkpoint.js';
import { createLogger } from '../../shared/telemetry/logger.js';
import { PartFailure } from '../processes/part-failure.js';
import { changesBetween } from './changes.js';
import { TreeCheck } from './check-tree.js';
import type { Finding } from './finding.js';
import { changeLines, historyLines } from './lines.js';
import { parseMoment, type Moment } from './moment.js';
import { openRecords, type BankRecords } from './open-records.js';
import { addProofCommands, ownVerifier, parseKey } from './proof-commands.js';
import { eventLine, selectEvents, type Selection } from './read-events.js';
import { rebuildReadModels, rebuiltLine } from './rebuild.js';
import { recordAt, stepsOf, type Subject } from './subject.js';
import { verifyEverything, verifyLog } from './verify.js';

/** Exit codes, for scripts. */
export const EXIT = { clean: 0, differences: 1, usage: 2, unreachable: 3, absent: 4 } as const;

interface SubjectOptions {
  readonly customer?: string;
  readonly account?: string;
  readonly json?: boolean;
}
interface VerifyOptions {
  readonly logOnly: boolean;
  readonly json: boolean;
  readonly heads?: string;
  readonly key?: Verifier;
}
interface SelectionOptions {
  readonly stream?: string;
  readonly type?: string;
  readonly from?: Moment;
  readonly to?: Moment;
  readonly open?: boolean;
}

export function auditCommand(): Command {
  const audit = new Command('audit')
    .description('reads the event log: history, records of the past, replay, verification; beside the running bank or on a stopped one\'s data')
    .addHelpText('after', '\nExit codes: 0 clean, 1 differences found, 2 wrong usage or configuration, 3 the records cannot be opened or read, 4 no such customer, account or stream')
    .exitOverride();
  const ofSubject = (command: Command): Command =>
    command.option('--customer <id>', 'a customer\'s id', parseId).option('--account <id>', 'an account\'s id', parseId).option('--json', 'as JSON');
  const ofSelection = (command: Command): Command =>
    command.option('--stream <name>', 'one stream, e.g. ledger-0').option('--type <event>', 'one type of event')
      .option('--from <moment>', 'from this time or log position', parseMoment).option('--to <moment>', 'up to this time or log position', parseMoment)
      .option('--open', 'open what is sealed (erased where the key is gone)', false);

  ofSubject(audit.command('history').description('every change of a customer or an account: when, who, why, before and after'))
    .action((options: SubjectOptions) => withRecords((records) => history(records, subjectOf(options), options.json ?? false)));
  ofSubject(audit.command('record').description('the record as it was'))
    .option('--as-of <moment>', 'time with zone or log position; now where absent', parseMoment)
    .action((options: SubjectOptions & { asOf?: Moment }) => withRecords((records) => record(records, subjectOf(options), options.asOf)));
  ofSubject(audit.command('diff').description('what changed between two moments'))
    .requiredOption('--from <moment>', 'time with zone or log position', parseMoment).requiredOption('--to <moment>', 'time with zone or log position', parseMoment)
    .action((options: SubjectOptions & { from: Moment; to: Moment }) => withRecords((records) => diff(records, subjectOf(options), options.from, options.to, options.json ?? false)));
  ofSelection(audit.command('replay').description('events as JSON lines, in log order'))
    .action((options: SelectionOptions) => withRecords((records) => replay(records, options, process.stdout)));
  ofSelection(audit.command('export').description('events as JSON lines into a file').requiredOption('--out <file>', 'a file that does not exist yet'))
    .action((options: SelectionOptions & { out: string }) => withRecords(async (records) => {
      const file = createWriteStream(options.out, { flags: 'wx', mode: 0o600 });
      const code = await replay(records, options, file);
      file.end();
      await once(file, 'finish');
      return code;
    }));
  audit.command('verify').description('reads the whole log and compares every read-model row with it')
    .option('--log-only', 'the log alone', false).option('--json', 'findings as JSON lines', false)
    .option('--heads <folder>', 'signed tree heads that the log must be the one of; those of the configuration where absent')
    .option('--key <public key>', 'that they are signed with; that of the notary\'s key here where absent', parseKey)
    .action((options: VerifyOptions) => withRecords((records) => verify(records, options)));
  audit.command('rebuild').argument('[read-models...]', 'customers, ledger; all where none is named')
    .description('has the running bank build read models anew from the log beside those shown, compare and switch; queries go on meanwhile')
    .option('--json', 'comparisons as JSON lines', false)
    .action((names: string[], { json }: { json: boolean }) => withRecords((records) => rebuild(records, names, json)));
  addProofCommands(audit, { exits: EXIT, withConfig, withRecords, print, complain });
  return audit;
}

async function history(records: BankRecords, subject: Subject, json: boolean): Promise<number> {
  let steps = 0;
  for await (const step of stepsOf(records, subject)) {
    steps++;
    print(json ? JSON.stringify({ ...JSON.parse(eventLine({ ...step.recorded, type: step.recorded.event.type, data: step.recorded.event.data as object })), changes: step.changes }) : historyLines(step));
  }
  return steps > 0 ? EXIT.clean : absent(subject);
}

async function record(records: BankRecords, subject: Subject, asOf: Moment | undefined): Promise<number> {
  const found = await recordAt(records, subject, asOf);
  if (found === undefined) return absent(subject);
  print(JSON.stringify(found, null, 2));
  return EXIT.clean;
}

async function diff(records: BankRecords, subject: Subject, from: Moment, to: Moment, json: boolean): Promise<number> {
  const [before, after] = [await recordAt(records, subject, from), await recordAt(records, subject, to)];
  if (before === undefined && after === undefined) return absent(subject);
  const changes = changesBetween(before, after);
  print(json ? JSON.stringify(changes) : changes.length === 0 ? 'nothing changed' : changeLines(changes));
  return changes.length === 0 ? EXIT.clean : EXIT.differences;
}

async function replay(records: BankRecords, { open = false, ...selection }: SelectionOptions, out: NodeJS.WritableStream): Promise<number> {
  for await (const stored of selectEvents(records.log, selection as Selection, 'replaying')) {
    const data = open ? ((await records.codec.read([stored], { open: true }))[0]!.event.data as object) : stored.data;
    if (!out.write(`${eventLine({ ...stored, data })}\n`)) await once(out, 'drain');
  }
  return EXIT.clean;
}

async function verify(records: BankRecords, { logOnly, json, heads, key }: VerifyOptions): Promise<number> {
  let findings = 0;
  const tell = (finding: Finding): void => {
    findings++;
    print(json ? JSON.stringify(finding) : `${finding.code}  ${finding.where}  ${finding.detail}`);
  };
  const { config, opsPool } = records;
  const tree = await TreeCheck.open(opsPool, headsFolder(heads ?? config.notaryHeadsDir), key ?? (await ownVerifier(config)), tell);
  const { events, streams, accounts } = await (logOnly ? verifyLog : verifyEverything)(records, tell, tree);
  const read = `${events} events in ${streams} streams, ${accounts} accounts, ${tree.fittingHeads} signed heads${logOnly ? '' : ', every row of the read models'}`;
  process.stderr.write(`${findings === 0 ? 'clean' : `${findings} findings`}: ${read}\n`);
  return findings === 0 ? EXIT.clean : EXIT.differences;
}

/** One that differs was damaged before: the new one is what the log says, and is shown. */
async function rebuild(records: BankRecords, names: readonly string[], json: boolean): Promise<number> {
  let differences = 0;
  for await (const rebuilt of rebuildReadModels(records, names)) {
    print(json ? JSON.stringify(rebuilt) : rebuiltLine(rebuilt));
    if (rebuilt.comparison.kind === 'compared' && !rebuilt.comparison.same) differences++;
  }
  return differences === 0 ? EXIT.clean : EXIT.differences;
}

const withRecords = (work: (records: BankRecords) => Promise<number>): Promise<void> => withConfig(async (config) => {
  const records = await openRecords(config, createLogger({ logLevel: 'silent' }, 'audit'));
  try {
    return await work(records);
  } finally {
    await records.close();
  }
});

async function withConfig(work: (config: Config) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work(loadConfig(process.env));
  } catch (error) {
    process.exitCode = failed(error);
  }
}

function failed(error: unknown): number {
  if (error instanceof StoreFailure && error.kind === 'stream-not-found') return complain(error.message, EXIT.absent);
  if (error instanceof SigningKeyFault || error instanceof ConfigFault || error instanceof InvalidArgumentError) return complain(error.message, EXIT.usage);
  if (error instanceof PartFailure || error instanceof StoreFailure) return complain(error.message, EXIT.unreachable);
  return complain(error instanceof Error ? (error.stack ?? error.message) : String(error), EXIT.unreachable);
}

function subjectOf({ customer, account }: SubjectOptions): Subject {
  if ((customer === undefined) === (account === undefined)) throw new InvalidArgumentError('give either --customer or --account');
  return customer !== undefined ? { kind: 'customer', id: customer } : { kind: 'account', id: account! };
}

function parseId(text: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw new InvalidArgumentError('must be a UUID');
  return text.toLowerCase();
}

const absent = ({ kind, id }: Subject): number => complain(`no ${kind} ${id} at that moment`, EXIT.absent);

function complain(message: string, code: number): number {
  process.stderr.write(`${message}\n`);
  return code;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
