import { InvalidArgumentError, type Command } from 'commander';
import { createPeople } from '../../services/customers/merging/person.js';
import { AccessesRecorded, type AccessLogEvent } from '../../shared/events/accesses/events.js';
import { openAccesses, type OpenedAccess } from '../../shared/events/accesses/opened.js';
import { checkOrder, parseMoment, type Moment } from './moment.js';
import type { BankRecords } from './open-records.js';
import { selectEvents } from './read-events.js';
import { complain, EXIT, print, withRecords } from './shell.js';

interface ReadsOptions {
  readonly customer?: string;
  readonly actor?: string;
  readonly from?: Moment;
  readonly to?: Moment;
  readonly json: boolean;
}

/** Who looked at what, or was refused: reads. */
export function addReadsCommand(audit: Command): void {
  audit.command('reads').description('the access log, oldest first: who looked at whose data, what they saw, why and from where; and what was refused. From the log alone')
    .option('--customer <id>', 'of this customer, under every id that was merged with this one', parseId).option('--actor <id>', 'by this person or client')
    .option('--from <moment>', 'recorded from this time or log position', parseMoment).option('--to <moment>', 'recorded up to this time or log position', parseMoment)
    .option('--json', 'as JSON lines', false)
    .action((options: ReadsOptions, command: Command) => {
      checkOrder(options, command);
      return withRecords((records) => reads(records, options));
    });
}

async function reads({ log, vault }: Pick<BankRecords, 'log' | 'vault'>, { customer, actor, from, to, json }: ReadsOptions): Promise<number> {
  let found = 0;
  const ids = customer === undefined ? undefined : await createPeople(log).idsOf(customer);
  for await (const { data } of selectEvents(log, { type: AccessesRecorded.type, ...(from && { from }), ...(to && { to }) }, 'reading')) {
    const { spool, accesses } = data as AccessLogEvent['data'];
    const wanted = accesses.filter((access) => (ids === undefined || access.customers?.some((id) => ids.includes(id))) && (actor === undefined || access.actor.id === actor || access.actor.actingAs === actor));
    for (const access of await openAccesses(vault, wanted.map((one) => ({ spool, access: one })))) {
      found++;
      print(json ? JSON.stringify(access) : accessLine(access));
    }
  }
  return found > 0 ? EXIT.clean : complain('nothing is recorded of that', EXIT.clean);
}

/** One access, its subjects below. */
export function accessLine({ at, actor, sessionId, route, status, code, times, purpose, reason, from, about, clear = [], masked = [], fields = [], criteria = [], customers = [], accounts = [], counterparties = [] }: OpenedAccess): string {
  const who = `${actor.id} (${actor.role}${actor.branch === undefined ? '' : `, ${actor.branch}`}${actor.actingAs === undefined ? '' : `, acting as ${actor.actingAs}`})`;
  const outcome = `${status}${code === undefined ? '' : ` ${code}`}${times === undefined ? '' : `, ${times} times`}`;
  const more = [
    ...(purpose === undefined ? [] : [`for ${purpose}${reason === undefined ? '' : `: ${reason}`}`]),
    ...(from === undefined ? [] : [`from ${from.address} with ${from.device || 'nothing named'}${sessionId === undefined ? '' : `, session ${sessionId}`}`]),
    ...(about === undefined ? [] : [`about ${about}`]),
    ...listed('customers', customers), ...listed('accounts', accounts), ...listed('other sides', counterparties),
    ...listed('clear', clear), ...listed('masked', masked), ...listed('fields', fields), ...listed('searched by', criteria),
  ];
  return [`${at}  ${who}  ${route}  ${outcome}`, ...more.map((line) => `    ${line}`)].join('\n');
}

const listed = (name: string, values: readonly string[]): string[] => (values.length === 0 ? [] : [`${name}: ${values.join(', ')}`]);

function parseId(text: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw new InvalidArgumentError('must be a UUID');
  return text.toLowerCase();
}
