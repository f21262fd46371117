import { z } from 'zod';
import { internal } from '../../shared/access/classified.js';
import { usernameSchema } from '../../shared/events/access/values.js';
import { phoneSchema } from '../../shared/events/customers/profile.js';
import { accountNumberSchema } from '../../shared/events/ledger/account-number.js';
import { moneySchema } from '../../shared/events/values.js';
import { withChecks } from '../../shared/http/validation.js';
import type { FieldError } from '../../shared/kernel/decision.js';
import type { Address } from '../access/sign-in/message-codes.js';
import { readPhone } from '../customers/validation/phone.js';
import { memo, withMoney } from '../ledger/bodies.js';
import { PASSWORD_LEAST, PASSWORD_MOST } from '../access/sign-in/password-rules.js';

const token = z.string().min(1).max(200);
const password = z.string().min(PASSWORD_LEAST).max(PASSWORD_MOST);
const opaque = internal(z.string());
const username = usernameSchema.optional().meta({ description: 'To sign in with from now on; needed the first time, kept where absent' });

export const giveCodeBody = z.strictObject({
  removeFactors: z.boolean().optional().meta({ description: 'The customer lost every second factor: using the code removes them' }),
}).optional();
export const enrolmentCodeSchema = z.object({
  code: opaque, why: z.enum(['first', 'reset']), expiresAt: z.iso.datetime(),
}).meta({ id: 'EnrolmentCode', description: 'code: for POST /v1/my/enrolment; shown once, good once; those given before are void' });
export const enrolBody = z.strictObject({ code: token, username, password });
export const enrolledSchema = z.object({ status: z.literal('done'), sessionsEnded: z.int() });

export const beginOnlineBody = z.strictObject({ idNumber: z.string().trim().min(1).max(40), phone: phoneSchema });
export const begunOnlineSchema = z.object({ enrolment: opaque, expiresInSeconds: z.int() })
  .meta({ id: 'OnlineEnrolment', description: 'The same whether a code was sent or not: it is sent to a customer whose identity was checked, who has this phone and does not sign in yet' });
export const confirmOnlineBody = z.strictObject({ enrolment: token, code: z.string().trim().regex(/^\d{6}$/, 'must be six digits'), username: usernameSchema, password });

export const ownTransferBody = withMoney(z.strictObject({
  from: z.uuid().toLowerCase().meta({ description: 'One of one\'s own accounts' }),
  toAccountNumber: accountNumberSchema.meta({ description: 'The payee\'s, or another one of one\'s own' }),
  money: moneySchema,
  memo,
}));

export const meSchema = z.object({ customerId: z.uuid(), username: opaque });
export const endedSchema = z.object({ status: z.literal('done'), sessionsEnded: z.int() });

/** One of the two, which the record could have. */
function contactFaults(candidate: unknown): FieldError[] {
  const { phone, email } = (candidate ?? {}) as { readonly phone?: unknown; readonly email?: unknown };
  if ((phone === undefined) === (email === undefined)) return [{ pointer: phone === undefined ? '/phone' : '/email', code: phone === undefined ? 'required' : 'surplus', detail: 'name a phone or an email, one of the two' }];
  return typeof phone === 'string' && readPhone(phone) === undefined ? [{ pointer: '/phone', code: 'phone_impossible', detail: 'no such number is possible in its country' }] : [];
}

const contact = { phone: phoneSchema.optional(), email: z.email().max(254).optional() };
export const contactBody = withChecks(z.strictObject(contact), contactFaults);
export const confirmContactBody = withChecks(
  z.strictObject({ ...contact, confirmation: token, code: z.string().trim().regex(/^\d{6}$/, 'must be six digits') }).meta({ description: 'The same address that the code was sent to' }), contactFaults);
/** After validation only. */
export const addressIn = ({ phone, email }: z.output<typeof contactBody>): Address => (phone === undefined ? { email: email! } : { phone });
export const begunContactSchema = z.object({ confirmation: opaque, expiresInSeconds: z.int() }).meta({ id: 'ContactConfirmation', description: 'confirmation: for POST /v1/my/contact/confirm; those before are void' });
