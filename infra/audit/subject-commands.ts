import { InvalidArgumentError, Option, type Command } from 'commander';
import { changesBetween } from './changes.js';
import { changeLines, historyLines } from './lines.js';
import { checkOrder, checkPast, parseMoment, type Moment } from './moment.js';
import type { BankRecords } from './open-records.js';
import { eventLine } from './read-events.js';
import { complain, EXIT, print, withRecords } from './shell.js';
import { recordAt, stepsOf, type Subject } from './subject.js';

interface SubjectOptions {
  readonly customer?: string;
  readonly account?: string;
  readonly json?: boolean;
}

/** What happened to one customer or account: history, record, diff. */
export function addSubjectCommands(audit: Command): void {
  const ofSubject = (command: Command): Command =>
    command.addOption(new Option('--customer <id>', 'a customer\'s id').argParser(parseId).conflicts('account'))
      .addOption(new Option('--account <id>', 'an account\'s id').argParser(parseId)).option('--json', 'as JSON', false);

  ofSubject(audit.command('history').description('every change of a customer or an account: when, who, why, before and after'))
    .action((options: SubjectOptions, command: Command) => {
      const subject = subjectOf(options, command);
      return withRecords((records) => history(records, subject, options.json ?? false));
    });
  ofSubject(audit.command('record').description('the record as it was, as JSON'))
    .option('--as-of <moment>', 'time with zone or log position; now where absent', parseMoment)
    .action((options: SubjectOptions & { asOf?: Moment }, command: Command) => {
      const subject = subjectOf(options, command);
      return withRecords((records) => record(records, subject, options.asOf));
    });
  ofSubject(audit.command('diff').description('what changed between two moments'))
    .requiredOption('--from <moment>', 'time with zone or log position', parseMoment).requiredOption('--to <moment>', 'time with zone or log position', parseMoment)
    .action((options: SubjectOptions & { from: Moment; to: Moment }, command: Command) => {
      const subject = subjectOf(options, command);
      checkOrder(options, command);
      return withRecords((records) => diff(records, subject, options));
    });
}

async function history(records: BankRecords, subject: Subject, json: boolean): Promise<number> {
  let steps = 0;
  for await (const step of stepsOf(records, subject)) {
    steps++;
    print(json ? JSON.stringify({ ...JSON.parse(eventLine({ ...step.recorded, type: step.recorded.event.type, data: step.recorded.event.data as object })), changes: step.changes }) : historyLines(step));
  }
  return steps > 0 ? EXIT.clean : complain(`no ${subject.kind} ${subject.id}`, EXIT.absent);
}

async function record(records: BankRecords, subject: Subject, asOf: Moment | undefined): Promise<number> {
  if (asOf) await checkPast(records.log, asOf);
  const found = await recordAt(records, subject, asOf);
  if (found === undefined) return absent(subject, asOf);
  print(JSON.stringify(found, null, 2));
  return EXIT.clean;
}

async function diff(records: BankRecords, subject: Subject, { from, to, json }: { from: Moment; to: Moment; json?: boolean }): Promise<number> {
  for (const moment of [from, to]) await checkPast(records.log, moment);
  const [before, after] = [await recordAt(records, subject, from), await recordAt(records, subject, to)];
  if (before === undefined && after === undefined) return absent(subject, to);
  const changes = changesBetween(before, after);
  print(json ? JSON.stringify(changes) : changes.length === 0 ? 'nothing changed' : changeLines(changes));
  return changes.length === 0 ? EXIT.clean : EXIT.differences;
}

function subjectOf({ customer, account }: SubjectOptions, command: Command): Subject {
  if (customer !== undefined) return { kind: 'customer', id: customer };
  if (account !== undefined) return { kind: 'account', id: account };
  return command.error('error: give either --customer or --account');
}

function parseId(text: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw new InvalidArgumentError('must be a UUID');
  return text.toLowerCase();
}

const absent = ({ kind, id }: Subject, asOf: Moment | undefined): number => complain(`no ${kind} ${id}${asOf ? ' at that moment' : ''}`, EXIT.absent);
