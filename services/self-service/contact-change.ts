import { createHmac, randomUUID } from 'node:crypto';
import { ownChangeOf, type OwnChanges } from '../../shared/access/own-changes.js';
import type { Profile } from '../../shared/events/customers/profile.js';
import { Refusal, type CommandContext } from '../../shared/http/context.js';
import { sourceOf } from '../../shared/http/source-address.js';
import type { Executed } from '../../shared/records/record.js';
import { guarded } from '../access/sign-in/guarded.js';
import { newMessageCode, sameHash, type Address, type SendNotice } from '../access/sign-in/message-codes.js';
import type { SignInParts } from '../access/sign-in/parts.js';
import type { OwnRequest } from '../access/sign-in/requests.js';
import type { UpdateCustomer } from '../customers/commands.js';
import { customerRecord } from '../customers/state.js';
import { readPhone } from '../customers/validation/phone.js';

export interface ContactChangeParts {
  /** Customers' own, of sign-in. */
  readonly signIn: SignInParts;
  readonly sendNotice: SendNotice;
  readonly ownChanges: OwnChanges;
  readonly updateCustomer: (command: UpdateCustomer, context: CommandContext) => Promise<Executed>;
}

const LASTS_MS = 10 * 60_000;
const MOST_PHONES = 10;

/**
 * Sends a code to a phone or mailbox that shall be in the own record, and tells those that are there. Nothing is changed and the new one stands nowhere until
 * the code comes back. Every try counts as a failed one: nobody is sent many codes, strangers least.
 */
export async function beginContactChange(parts: ContactChangeParts, given: Address, { holder, sessionId, origin }: OwnRequest): Promise<{ confirmation: string; expiresInSeconds: number }> {
  const { signIn } = parts;
  const { at } = origin;
  const address = normal(given);
  refuseNotOwn(parts.ownChanges, address);
  const tried = await signIn.attempts.begin([{ kind: 'account', name: `contact ${holder.id}` }, { kind: 'source', name: sourceOf(origin.address) }], at);
  if (!tried.allowed) {
    const seconds = Math.ceil((tried.until.getTime() - at.getTime()) / 1_000);
    throw new Refusal({ code: 'too_many_attempts', detail: `try again in ${seconds} s` }, seconds);
  }
  await tellThoseOnRecord(parts, holder.id, (await recordOf(signIn, holder.id)).profile, address, 'contact-change-asked', at);
  const code = newMessageCode();
  if (!(await signIn.sendCode({ holderId: holder.id, code, at, address }))) throw new Refusal({ code: 'message_not_sent' });
  await signIn.challenges.withdraw('contact-change', holder.id);
  const content = { kind: 'contact-change', holderId: holder.id, sessionId, codeHash: hashOf(signIn.secret, holder.id, address, code) } as const;
  return { confirmation: await signIn.challenges.open(content, new Date(at.getTime() + LASTS_MS)), expiresInSeconds: LASTS_MS / 1_000 };
}

/** With the code that came to this very address: it takes the first place, that of codes. Guessed as often as a second factor may be. */
export async function confirmContactChange(parts: ContactChangeParts, { confirmation, code, address: given }: { readonly confirmation: string; readonly code: string; readonly address: Address }, { holder, sessionId, origin, context }: OwnRequest): Promise<Executed> {
  const { signIn } = parts;
  const { at } = origin;
  const address = normal(given);
  refuseNotOwn(parts.ownChanges, address);
  const begun = await signIn.challenges.look('contact-change', confirmation, at);
  if (begun === undefined || begun.holderId !== holder.id || begun.sessionId !== sessionId) throw new Refusal({ code: 'challenge_invalid' });
  await guarded(signIn, {
    subject: { kind: 'factor', name: holder.id }, proof: 'sms', origin,
    prove: async () => ({ holder, proved: sameHash(begun.codeHash, hashOf(signIn.secret, holder.id, address, code)) || undefined }),
  });
  if ((await signIn.challenges.take('contact-change', confirmation, at)) === undefined) throw new Refusal({ code: 'challenge_invalid' });
  const { profile, revision } = await recordOf(signIn, holder.id);
  await tellThoseOnRecord(parts, holder.id, profile, address, 'contact-changed', at);
  const patch: UpdateCustomer['patch'] = 'phone' in address ? { phones: [address.phone, ...(profile.phones ?? []).filter((one) => one !== address.phone)].slice(0, MOST_PHONES) } : { email: address.email };
  return parts.updateCustomer({ customerId: holder.id, patch, precondition: (now) => now === revision }, { ...context, commandId: randomUUID() });
}

/** As the record will have it, so that one written otherwise is the same. */
const normal = (address: Address): Address => ('phone' in address ? { phone: readPhone(address.phone) ?? address.phone } : { email: address.email.normalize('NFC') });

/** Where the bank has staff look at it, or keeps it to them, no code helps. */
function refuseNotOwn(ownChanges: OwnChanges, address: Address): void {
  if (ownChangeOf(ownChanges, 'phone' in address ? 'phones' : 'email') === 'at-once') return;
  const [field] = Object.keys(address);
  throw new Refusal({ code: 'field_not_yours', detail: 'ask at the counter', errors: [{ pointer: `/${field}`, code: 'field_not_yours', detail: 'is not changed by a code' }] });
}

/** The directory let them in a moment ago, so there is one, to be processed. */
async function recordOf({ records }: Pick<SignInParts, 'records'>, customerId: string): Promise<{ profile: Profile; revision: bigint }> {
  const found = await records.load(customerRecord, customerId);
  if (found?.state.status !== 'active') throw new Refusal({ code: 'customer_not_found' });
  return { profile: found.state.profile, revision: found.revision };
}

async function tellThoseOnRecord({ sendNotice }: ContactChangeParts, holderId: string, { phones = [], email }: Profile, address: Address, notice: Parameters<SendNotice>[0]['notice'], at: Date): Promise<void> {
  const known: Address[] = [...phones.map((phone) => ({ phone })), ...(email === undefined ? [] : [{ email }])];
  for (const one of known) if (JSON.stringify(one) !== JSON.stringify(address)) await sendNotice({ holderId, notice, at, address: one });
}

const hashOf = (secret: Buffer, holderId: string, address: Address, code: string): string =>
  createHmac('sha256', secret).update(JSON.stringify(['contact', holderId, address, code])).digest('hex');
