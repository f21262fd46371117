import { InvalidArgumentError, type Command } from 'commander';
import type { z } from 'zod';
import { couldHave } from '../../services/access/could-have.js';
import { readAdministration } from '../../services/access/folded-log.js';
import { whenOf } from '../../services/access/bank-day.js';
import { couldHaveView, type couldHaveSchema } from '../../services/access/views.js';
import { isPermission, permissions, type Permission } from '../../shared/access/permissions.js';
import { EXIT, print, withRecords } from './shell.js';

type Found = z.input<typeof couldHaveSchema>;

/** Who could have done what: could-have. */
export function addCouldHaveCommand(audit: Command): void {
  audit.command('could-have').description('who could have done such a thing on a day or at a moment, and by what: from the log alone')
    .argument('<permission>', 'e.g. money.pay-out', parsePermission)
    .requiredOption('--on <date>', 'a day of the bank (2026-03-02), at any time of it; or a time with its zone', parseOn)
    .option('--branch <code>', 'to the records of this branch').option('--json', 'as JSON lines', false)
    .action((permission: Permission, { on, branch, json }: { on: string; branch?: string; json: boolean }) => withRecords(async ({ log, codec, config }) => {
      const when = whenOf(on, config.timeZone);
      if (!when) throw new InvalidArgumentError(`there is no day ${on}`);
      const found = couldHave(await readAdministration(log, codec), permission, when, branch).map(couldHaveView);
      for (const one of found) print(json ? JSON.stringify(one) : couldHaveLines(one));
      if (found.length === 0 && !json) print('nobody');
      return EXIT.clean;
    }));
}

/** One person or client, then a line for each right that they had it by. */
export function couldHaveLines({ username, personName, clientName, id, branch, why }: Found): string {
  const head = `${clientName === undefined ? `${username} (${personName})` : `client ${clientName}`}, ${branch}  [${id}]`;
  return [head, ...why.map(whyLine)].join('\n');
}

function whyLine({ kind, id, role, asStaffId, branch, from, until, by, reason, scope, limits }: Found['why'][number]): string {
  const through = { assignment: `role ${role} at ${branch}`, grant: `granted${role === undefined ? '' : ` role ${role}`} at ${branch} by ${by}`, 'act-as': `acting as ${asStaffId}`, client: 'its own permits' }[kind];
  const reach = `${scope}${limits === undefined ? '' : `, up to ${Object.entries(limits).map(([currency, amount]) => `${amount} ${currency}`).join(', ') || 'nothing'}`}`;
  const time = from === undefined ? '' : `, ${from} to ${until ?? 'no end'}`;
  return `    ${through} (${reach})${time}${reason === undefined ? '' : `: ${reason}`}${id === undefined ? '' : `  [${id}]`}`;
}

function parsePermission(text: string): Permission {
  if (!isPermission(text)) throw new InvalidArgumentError(`must be one of ${Object.keys(permissions).join(', ')}`);
  return text;
}

function parseOn(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text) || Number.isNaN(Date.parse(text))) throw new InvalidArgumentError('give a date (2026-03-02) or a time with its zone (2026-03-02T12:00:00+08:00)');
  return text;
}
