import { DATA_CLASSES, viewsFrom, type DataClass, type Views } from '../../shared/access/data-classes.js';
import { mayBeHeld } from '../../shared/access/approval-rules.js';
import { isPermission, type Permission } from '../../shared/access/permissions.js';
import type { Limits, Permit } from '../../shared/access/rights.js';
import type { ApprovalRuleText, PermitText, ViewsText } from '../../shared/events/access/values.js';
import { isCurrency, minorOf, parseMoney, type CurrencyCode } from '../../shared/kernel/money.js';
import type { FieldError } from '../../shared/kernel/decision.js';
import { refusal, type Refused } from './decisions.js';
import type { AccessCode } from './rejections.js';

const refuse = (code: AccessCode, errors: readonly FieldError[]): Refused => refusal(code, errors[0]!.detail, errors);

/** What is wrong with permits in themselves: permissions that do not exist, limits that are no amounts. `placeOf` says where each stands in the body. */
export function permitFaults(permits: readonly PermitText[], placeOf = (index: number): string => `/permits/${index}`): Refused | undefined {
  const unknown = permits.flatMap(({ permission }, index) => (isPermission(permission) ? [] : [fault(`${placeOf(index)}/permission`, 'permission_unknown', `${permission} is not a permission`)]));
  if (unknown.length > 0) return refuse('permission_unknown', unknown);
  const limits = permits.flatMap(({ limits: given }, index) => limitFaults(given, `${placeOf(index)}/limits`));
  if (limits.length > 0) return refuse('limits_invalid', limits);
  const commands = permits.flatMap((permit, index) => commandFaults(permit, `${placeOf(index)}/commands`));
  return commands.length > 0 ? refuse('commands_invalid', commands) : undefined;
}

const commandFaults = ({ permission, commands = [] }: PermitText, at: string): FieldError[] =>
  commands.flatMap((command, index) => (OF_COMMANDS.has(permission) && isPermission(command) && mayBeHeld(command) ? [] : [fault(`${at}/${index}`, 'commands_invalid', `${permission} of ${command} is no permit`)]));

/** Permits of these may name the commands that they are for. */
const OF_COMMANDS: ReadonlySet<string> = new Set<Permission>(['approvals.decide', 'approvals.read']);

export function ruleFaults({ permission, above }: ApprovalRuleText): Refused | undefined {
  if (!isPermission(permission)) return refuse('permission_unknown', [fault('/permission', 'permission_unknown', `${permission} is not a permission`)]);
  const limits = limitFaults(above, '/above');
  if (limits.length > 0) return refuse('limits_invalid', limits);
  return mayBeHeld(permission) ? undefined : refuse('never_held', [fault('/permission', 'never_held', `what needs ${permission} never waits for approval`)]);
}

export function viewFaults(views: ViewsText): Refused | undefined {
  const unknown = Object.keys(views).filter((name) => !DATA_CLASSES.includes(name as DataClass));
  return unknown.length > 0 ? refuse('views_invalid', unknown.map((name) => fault(`/views/${name}`, 'views_invalid', `${name} is not a class of data`))) : undefined;
}

const limitFaults = (limits: PermitText['limits'], at: string): FieldError[] =>
  Object.entries(limits ?? {}).flatMap(([currency, amount]) => {
    const money = parseMoney({ amount, currency });
    return typeof money !== 'string' && money.minor >= 0n ? [] : [fault(`${at}/${currency}`, 'limits_invalid', `${amount} is not an amount of ${currency}`)];
  });

const fault = (pointer: string, code: string, detail: string): FieldError => ({ pointer, code, detail });

/** Permits as they are held; those of permissions that this program does not know permit nothing. `branches`: what scope `branch` reaches. */
export function permitsOf(texts: readonly PermitText[], branches: ReadonlySet<string>): Map<Permission, Permit[]> {
  const permits = new Map<Permission, Permit[]>();
  for (const { permission, scope, limits, commands } of texts) {
    if (!isPermission(permission)) continue;
    const permit: Permit = { scope, ...(scope === 'branch' && { branches }), ...(limits && { limits: limitsOf(limits) }), ...(commands && { commands: new Set(commands.filter(isPermission)) }) };
    permits.set(permission, [...(permits.get(permission) ?? []), permit]);
  }
  return permits;
}

export const limitsOf = (limits: Readonly<Record<string, string>>): Limits =>
  new Map(Object.entries(limits).flatMap(([currency, amount]): [CurrencyCode, bigint][] => (isCurrency(currency) ? [[currency, minorOf(amount, currency)]] : [])));

export const viewsOf = (text: ViewsText): Views => viewsFrom(text as Partial<Record<DataClass, 'hidden' | 'masked' | 'clear'>>);
