import type { AboutAlert } from '../../projections/risk/messages/telling.js';
import type { Recipient } from '../../projections/risk/messages/ledger.js';
import type { AlertSubscription } from '../../shared/events/alerting/events.js';
import type { AccessModel } from '../../services/access/access-model.js';
import { holdsAt } from '../../services/access/state.js';
import { decideAccess } from '../../shared/access/rights.js';
import { readable } from '../../shared/events/personal.js';
import { asksFor } from '../../shared/events/risk/values.js';
import type { FindTarget } from '../../shared/http/route-access.js';

/** Who is subscribed by a role, and whom the case is assigned to: of them those who may see the case now, each way once. */
export const alertRecipients = ({ subscriptions, model, findTarget, now }: {
  readonly subscriptions: () => Promise<readonly AlertSubscription[]>; readonly model: Pick<AccessModel, 'current' | 'rightsOf'>; readonly findTarget: FindTarget; readonly now: () => Date;
}) => async ({ customer, kind, severity, assignee }: AboutAlert): Promise<readonly Recipient[]> => {
  const at = now();
  const { staff } = await model.current();
  const asked = (await subscriptions()).filter((one) => asksFor(one, { severity, kind }));
  const subscribed = asked.flatMap(({ role, branch, by }) => [...staff].flatMap(([id, { assignments }]): Recipient[] =>
    assignments.some((one) => one.role === role && (branch === null || one.branch === branch) && holdsAt(one, at.toISOString())) ? by.map((way) => ({ staff: id, by: way })) : []));
  const wanted = new Map([...subscribed, ...(assignee === null ? [] : [{ staff: assignee, by: 'message' } as const])].map((one) => [`${one.staff} ${one.by}`, one]));
  if (wanted.size === 0) return [];
  const target = await findTarget({ kind: 'customer', id: customer });
  if (target === undefined) return [];
  const allowed: Recipient[] = [];
  for (const one of wanted.values()) {
    const rights = await model.rightsOf(one.staff, at);
    // Nobody is told of themselves.
    if (rights && one.staff !== customer && decideAccess(rights, { permission: 'risk.read', target }) === undefined) allowed.push(one);
  }
  return allowed;
};

/** Undefined for who works here no more, or left none. */
export async function staffMailbox(model: Pick<AccessModel, 'current'>, staffId: string): Promise<string | undefined> {
  const staff = (await model.current()).staff.get(staffId);
  return staff?.status === 'active' && readable(staff.person) ? staff.person.email : undefined;
}
