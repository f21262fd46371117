import { existsSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { headsFolder } from '../../services/notary/heads-folder.js';
import type { Verifier } from '../../shared/merkle/checkpoint.js';
import { definitionsByType } from '../../shared/events/registry.js';
import { TreeCheck } from './check-tree.js';
import { INCOMPLETE, type Finding } from './finding.js';
import { writeLines } from './lines-file.js';
import { checkOrder, parseMoment, type Moment } from './moment.js';
import type { BankRecords } from './open-records.js';
import { ownVerifier, parseKey } from './proof-commands.js';
import { eventLine, selectEvents } from './read-events.js';
import { complain, EXIT, print, withRecords } from './shell.js';
import { verifyEverything, verifyLog } from './verify.js';

interface SelectionOptions {
  readonly stream?: string;
  readonly type?: string;
  readonly from?: Moment;
  readonly to?: Moment;
  readonly open: boolean;
}
interface VerifyOptions {
  readonly logOnly: boolean;
  readonly json: boolean;
  readonly heads?: string;
  readonly key?: Verifier;
}

/** The log as a whole: replay, export, verify. */
export function addLogCommands(audit: Command): void {
  const ofSelection = (command: Command): Command =>
    command.option('--stream <name>', 'one stream, e.g. ledger-0').option('--type <event>', 'one type of event')
      .option('--from <moment>', 'from this time or log position', parseMoment).option('--to <moment>', 'up to this time or log position', parseMoment)
      .option('--open', 'open what is sealed (erased where the key is gone)', false);

  ofSelection(audit.command('replay').description('events as JSON lines, in log order'))
    .action((options: SelectionOptions, command: Command) => {
      checkOrder(options, command);
      return withRecords((records) => replay(records, options));
    });
  ofSelection(audit.command('export').description('events as JSON lines into a file')).requiredOption('--out <file>', 'a file that does not exist yet')
    .action((options: SelectionOptions & { out: string }, command: Command) => {
      checkOrder(options, command);
      if (existsSync(options.out)) command.error(`error: ${options.out} exists already`);
      return withRecords((records) => exportTo(records, options));
    });
  audit.command('verify').description('reads the whole log and compares every read-model row with it, up to the log\'s end at that moment')
    .option('--log-only', 'the log alone', false).option('--json', 'findings as JSON lines', false)
    .option('--heads <folder>', 'signed tree heads that the log must be the one of; those of the configuration where absent')
    .addOption(new Option('--key <public key>', 'that they are signed with; that of the notary\'s key here where absent').argParser(parseKey))
    .action((options: VerifyOptions) => withRecords((records) => verify(records, options)));
}

async function* selectedLines(records: BankRecords, { open, ...selection }: SelectionOptions, what: string): AsyncIterable<string> {
  for await (const stored of selectEvents(records.log, selection, what)) {
    const data = open ? ((await records.codec.read([stored], { open: true }))[0]!.event.data as object) : stored.data;
    yield eventLine({ ...stored, data });
  }
}

async function replay(records: BankRecords, options: SelectionOptions): Promise<number> {
  let events = 0;
  for await (const line of selectedLines(records, options, 'replaying')) {
    events++;
    print(line);
  }
  return events > 0 ? EXIT.clean : nothing(options);
}

async function exportTo(records: BankRecords, { out, ...options }: SelectionOptions & { readonly out: string }): Promise<number> {
  const events = await writeLines(out, selectedLines(records, options, 'exporting'));
  if (events === 0) return nothing(options);
  return complain(`${events} events in ${out}`, EXIT.clean);
}

/** An empty answer is said aloud: a name mistyped looks the same. */
const nothing = ({ type }: SelectionOptions): number => {
  if (type === undefined || definitionsByType.has(type)) return complain('no event is selected by that', EXIT.clean);
  return complain(`no event of type ${type}; the types are ${[...definitionsByType.keys()].sort().join(', ')}`, EXIT.absent);
};

async function verify(records: BankRecords, { logOnly, json, heads, key }: VerifyOptions): Promise<number> {
  const codes: string[] = [];
  const tell = (finding: Finding): void => {
    codes.push(finding.code);
    print(json ? JSON.stringify(finding) : `${finding.code}  ${finding.where}  ${finding.detail}`);
  };
  const { config, opsPool } = records;
  const tree = await TreeCheck.open(opsPool, headsFolder(heads ?? config.notaryHeadsDir), key ?? (await ownVerifier(config)), tell);
  const { events, streams, accounts } = await (logOnly ? verifyLog : verifyEverything)(records, tell, tree);
  const read = `${events} events in ${streams} streams, ${accounts} accounts, ${tree.fittingHeads} signed heads${logOnly ? '' : ', every row of the read models'}`;
  if (codes.length === 0) return complain(`clean: ${read}`, EXIT.clean);
  const wrong = codes.filter((code) => !INCOMPLETE.includes(code)).length;
  if (wrong > 0) return complain(`${codes.length} findings: ${read}`, EXIT.differences);
  return complain(`nothing wrong, but a read model has not got the whole log: ${read}`, EXIT.incomplete);
}
