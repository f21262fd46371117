import type { Change } from './changes.js';
import type { Step } from './subject.js';

/** One event for a person at a terminal: a head line, then a line for each field that changed. */
export function historyLines({ recorded, changes }: Step): string {
  const { metadata, event, revision, position } = recorded;
  const { actor, approver } = metadata;
  const head = `${metadata.recordedAt}  ${event.type}  by ${actor.id} (${actor.role}${actor.branch ? `, ${actor.branch}` : ''}) through ${actor.channel}${approver ? `, approved by ${approver.id}` : ''}  [revision ${revision}, position ${position}]`;
  const reason = reasonOf(event.data);
  return [head, ...(reason ? [`    reason: ${reason}`] : []), ...(changes.length > 0 ? [changeLines(changes)] : [])].join('\n');
}

export const changeLines = (changes: readonly Change[]): string =>
  changes.map(({ field, before, after }) => `    ${field}: ${text(before)} -> ${text(after)}`).join('\n');

const text = (value: unknown): string => (value === null ? '(none)' : typeof value === 'string' ? value : JSON.stringify(value));

/** A reversal's reason stands once for each customer concerned; whoever is erased, the others' copies can still be read. */
function reasonOf(data: unknown): string | undefined {
  const holder = data as { reason?: string; reasons?: readonly { reason: string }[]; update?: { reason?: string } };
  return holder.reason ?? (holder.reasons?.find(({ reason }) => reason !== 'erased') ?? holder.reasons?.[0])?.reason ?? holder.update?.reason;
}
