import { z } from 'zod';
import { defineEvent, type EventOf, type Upcaster } from '../definition.js';
import { personal } from '../personal.js';
import { currencySchema, dateSchema, idSchema, moneySchema, timeSchema } from '../values.js';

const module = 'ledger';
const memo = personal(z.string().max(140));
/** What staff type freely to say why; names stand in it. Sealed from the second version of its events on. */
const reasonText = z.string().max(200);
const reason = personal(reasonText);

/** ACCT-2: who may do what with an account. */
export const HOLDER_ROLES = ['owner', 'joint-owner', 'signatory', 'guardian', 'attorney', 'legal-representative'] as const;
export const holderSchema = z.strictObject({ customerId: idSchema, role: z.enum(HOLDER_ROLES) });
export type Holder = z.output<typeof holderSchema>;

/**
 * One side of a money movement. `customerId` is the account's owner (absent for the bank's own accounts). `balanceAfter` is the account's balance
 * on its normal side: credit for what the bank owes (customers' deposits, income), debit for what it owns (cash, clearing, expense). A memo stands on the
 * customers' legs; where there are none, on the bank's own, sealed under the house's key.
 */
export const legSchema = z.strictObject({
  accountId: idSchema,
  customerId: idSchema.optional(),
  side: z.enum(['debit', 'credit']),
  money: moneySchema,
  balanceAfter: moneySchema,
  memo: memo.optional(),
});
export type Leg = z.output<typeof legSchema>;

/** The account's owner, under whose key the reason is sealed. Absent only in what a version-1 event became: its reason stands in the log in clear. */
const owner = { customerId: idSchema.optional() };
const asItWas: Upcaster = (data) => data;

/** Every money movement carries all its legs; per currency debits equal credits. */
const movement = { movementId: idSchema, legs: z.array(legSchema).min(2).max(100) };

export const LedgerFounded = defineEvent({
  module,
  type: 'LedgerFounded',
  shape: { shard: z.int().min(0), shards: z.int().min(1).max(1024), timeZone: z.string() },
});

/**
 * A process took over the shard's writing. It comes as one append of more events than a group with another in flight behind it may hold, so that no
 * late group of an earlier writer can meet its exact expected revision again (docs/decisions; only written where two groups may be in flight).
 */
export const LedgerClaimed = defineEvent({ module, type: 'LedgerClaimed', shape: { shard: z.int().min(0), part: z.int().min(1), parts: z.int().min(1) } });

/** The bank's business date moved on: what is booked from here on carries it. */
export const BusinessDateOpened = defineEvent({ module, type: 'BusinessDateOpened', shape: { businessDate: dateSchema } });

export const AccountOpened = defineEvent({
  module,
  type: 'AccountOpened',
  shape: {
    accountId: idSchema,
    accountNumber: z.string().max(34),
    kind: z.enum(['customer', 'general-ledger']),
    /** The side on which the account's balance is positive. */
    normalSide: z.enum(['debit', 'credit']),
    product: z.string().max(40),
    productVersion: z.int().min(1),
    currency: currencySchema,
    /** How far below zero the balance may go; "0" amounts for none. Absent: unbounded (the bank's own accounts). */
    overdraftLimit: moneySchema.optional(),
    customerId: idSchema.optional(),
    holders: z.array(holderSchema).max(20),
    branch: z.string().max(20).optional(),
  },
});

export const HoldersChanged = defineEvent({
  module,
  type: 'HoldersChanged',
  before: [{ shape: { accountId: idSchema, before: z.array(holderSchema), after: z.array(holderSchema), reason: reasonText }, upcast: asItWas }],
  shape: { accountId: idSchema, ...owner, before: z.array(holderSchema), after: z.array(holderSchema), reason },
});

export const DepositPosted = defineEvent({ module, type: 'DepositPosted', shape: { ...movement } });
export const WithdrawalPosted = defineEvent({ module, type: 'WithdrawalPosted', shape: { ...movement } });
export const TransferPosted = defineEvent({ module, type: 'TransferPosted', shape: { ...movement } });

/** A batch whose lines stand alone was taken in: its lines follow, each a transfer of its own (`$causationId` is the batch). */
export const TransferBatchReceived = defineEvent({
  module,
  type: 'TransferBatchReceived',
  shape: { batchId: idSchema, atomic: z.boolean(), lines: z.int().min(1).max(500) },
});

/**
 * New entries that undo a movement, leg by leg on the other side. The reason stands once for each customer with a leg, as memos do; where all
 * accounts are the bank's own, once without a customer.
 */
export const ReversalPosted = defineEvent({
  module,
  type: 'ReversalPosted',
  before: [{ shape: { ...movement, reversedMovementId: idSchema, reason: reasonText }, upcast: ({ reason, ...rest }) => ({ ...rest, reasons: reasonsOf(rest['legs'] as Leg[], reason as string) }) }],
  shape: { ...movement, reversedMovementId: idSchema, reasons: z.array(z.strictObject({ customerId: idSchema.optional(), reason })).min(1).max(100) },
});

/** One copy of the reason for each customer with a leg; one without a customer where there is none. */
export function reasonsOf(legs: readonly Leg[], reason: string): { customerId?: string; reason: string }[] {
  const customers = new Set(legs.flatMap(({ customerId }) => (customerId === undefined ? [] : [customerId])));
  return customers.size === 0 ? [{ reason }] : [...customers].map((customerId) => ({ customerId, reason }));
}

export const HoldPlaced = defineEvent({
  module,
  type: 'HoldPlaced',
  shape: {
    holdId: idSchema,
    accountId: idSchema,
    customerId: idSchema.optional(),
    money: moneySchema,
    expiresAt: timeSchema.optional(),
    /** Where a capture pays to; the bank's clearing account where absent. */
    to: idSchema.optional(),
    memo: memo.optional(),
  },
});
/** Part or all of a hold became a movement; what is left of it is released at once. */
export const HoldCaptured = defineEvent({
  module,
  type: 'HoldCaptured',
  shape: { ...movement, holdId: idSchema, accountId: idSchema, captured: moneySchema, released: moneySchema },
});
export const HoldReleased = defineEvent({
  module,
  type: 'HoldReleased',
  shape: { holdId: idSchema, accountId: idSchema, money: moneySchema, cause: z.enum(['released', 'expired']) },
});

export const AccountFrozen = defineEvent({
  module,
  type: 'AccountFrozen',
  before: [{ shape: { accountId: idSchema, mode: z.enum(['full', 'debit-only']), reason: reasonText }, upcast: asItWas }],
  shape: { accountId: idSchema, ...owner, mode: z.enum(['full', 'debit-only']), reason },
});
export const AccountUnfrozen = defineEvent({
  module,
  type: 'AccountUnfrozen',
  before: [{ shape: { accountId: idSchema, reason: reasonText }, upcast: asItWas }],
  shape: { accountId: idSchema, ...owner, reason },
});
export const AccountClosed = defineEvent({
  module,
  type: 'AccountClosed',
  before: [{ shape: { accountId: idSchema, reason: reasonText.optional() }, upcast: asItWas }],
  shape: { accountId: idSchema, ...owner, reason: reason.optional() },
});

/** The customer's record is about to be erased: from here on no account can be opened for the customer or held by it. */
export const CustomerBarred = defineEvent({ module, type: 'CustomerBarred', shape: { customerId: idSchema } });
export const CustomerBarLifted = defineEvent({ module, type: 'CustomerBarLifted', shape: { customerId: idSchema } });

export const ledgerEvents = [
  LedgerFounded, LedgerClaimed, BusinessDateOpened, AccountOpened, HoldersChanged, DepositPosted, WithdrawalPosted, TransferPosted,
  TransferBatchReceived, ReversalPosted,
  HoldPlaced, HoldCaptured, HoldReleased, AccountFrozen, AccountUnfrozen, AccountClosed, CustomerBarred, CustomerBarLifted,
] as const;
export type LedgerEvent = EventOf<(typeof ledgerEvents)[number]>;
