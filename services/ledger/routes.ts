import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { classified, subjectId } from '../../shared/access/classified.js';
import { maskAccountNumber } from '../../shared/access/masks.js';
import type { Channel } from '../../shared/events/values.js';
import { commandResultSchema } from '../../shared/http/answers.js';
import { commandContext } from '../../shared/http/command-context.js';
import { etagOf } from '../../shared/http/conditional.js';
import { Refusal } from '../../shared/http/context.js';
import { idParams } from '../../shared/http/id-params.js';
import { aboutParam, amountsIn, EVERYTHING, type About } from '../../shared/http/route-access.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import type { Accepted, LedgerAnswer } from './answers.js';
import {
  batchBody, captureBody, cashBody, closeBody, freezeBody, holdBody, holdersBody, lineResultSchema, moneyIn, openAccountBody, releaseBody,
  productsSchema, reversalBody, transferBody, unfreezeBody,
} from './bodies.js';
import type { LedgerCommand } from './commands.js';
import { beyondCounterWork } from './counter-work.js';
import type { LedgerShard } from './ledger-shard.js';
import { PRODUCTS } from './products.js';
import { ledgerRejections } from './rejections.js';

export interface LedgerModuleOptions {
  readonly ledger: Pick<LedgerShard, 'execute' | 'partiesOfAccount'>;
  /** Which of these customers are not registered. */
  readonly missingCustomers: (ids: readonly string[]) => Promise<readonly string[]>;
  /** Which of them were merged into another customer, with whom each stands for now. */
  readonly mergedCustomers: (ids: readonly string[]) => Promise<readonly { readonly id: string; readonly survivor: string }[]>;
  /** Which of them are kept and not processed. */
  readonly restrictedCustomers: (ids: readonly string[]) => Promise<readonly string[]>;
}

const aboutAccount = aboutParam('account');
const aboutHold = aboutParam('hold');
const aboutCustomerOfBody = ({ body }: FastifyRequest): About => ({ kind: 'customer', id: (body as { customerId: string }).customerId });
const holdersOfBody = ({ body }: FastifyRequest): string[] => ((body as { holders?: readonly { customerId: string }[] }).holders ?? []).map(({ customerId }) => customerId);
const customersBut = (ids: readonly string[], known: readonly string[]): About[] => [...new Set(ids)].filter((id) => !known.includes(id)).map((id) => ({ kind: 'customer', id }));
/** Whoever pays is asked for; anybody may be paid. */
const aboutPayer = ({ body }: FastifyRequest): About => ({ kind: 'account', id: (body as { from: string }).from });
const movedAmounts = ({ body }: FastifyRequest) => amountsIn(body);

const accountResult = commandResultSchema.extend({ id: subjectId(z.uuid(), 'account'), accountNumber: classified(z.string(), 'account-number', maskAccountNumber) });
const batchResult = commandResultSchema.extend({
  id: z.uuid().meta({ description: 'Of the batch: the cause that its lines\' events name in the log. Each line has the id of its own movement' }),
  lines: z.array(lineResultSchema).optional(),
});
const accounts = ['accounts'];
const transfers = ['transfers'];

/** The ledger's commands. What they left behind is read in projections/ledger. */
export function ledgerModule({ ledger, missingCustomers, mergedCustomers, restrictedCustomers }: LedgerModuleOptions): RouteModule {
  async function execute(request: FastifyRequest, command: LedgerCommand, channel?: Channel): Promise<Accepted> {
    const context = commandContext(request, channel);
    return acceptedOr(await ledger.execute(command, context));
  }

  async function mustBeFree(given: readonly string[]): Promise<void> {
    const ids = [...new Set(given)];
    const [missing, merged, restricted] = await Promise.all([missingCustomers(ids), mergedCustomers(ids), restrictedCustomers(ids)]);
    if (missing.length > 0) throw new Refusal({ code: 'customer_not_found', detail: `no customer ${missing.join(', ')}` });
    if (merged.length > 0) throw new Refusal({ code: 'customer_merged', detail: merged.map(({ id, survivor }) => `customer ${id} was merged into ${survivor}`).join(', ') });
    if (restricted.length > 0) throw new Refusal({ code: 'customer_restricted', detail: `customer ${restricted.join(', ')}` });
  }

  const further = beyondCounterWork(ledger);
  const otherHolders = { orBy: 'accounts.any-holder', records: (request: FastifyRequest) => customersBut(holdersOfBody(request), [aboutCustomerOfBody(request).id]) } as const;
  /** Whoever holds the account already need not be reached to stay. */
  const newHolders = { orBy: 'accounts.any-holder', records: (request: FastifyRequest) => customersBut(holdersOfBody(request), ledger.partiesOfAccount(aboutAccount(request).id) ?? []) } as const;

  return {
    name: 'ledger',
    description: 'Accounts and money: every movement in double entry, idempotent, exact',
    rejections: ledgerRejections,
    routes(server) {
      server.get('/v1/products', {
        config: { access: { permission: 'self.use' } },
        schema: { tags: accounts, summary: 'What accounts may be opened', response: { 200: productsSchema } },
      }, async () => ({
        items: PRODUCTS.map(({ code, version, title, currencies }) => ({ code, version, title, currencies })),
      }));

      server.post('/v1/accounts', {
        config: { idempotency: 'honoured', sends: ['ETag', 'Location'], access: { permission: 'accounts.open', about: aboutCustomerOfBody, alsoAbout: otherHolders } },
        schema: { tags: accounts, summary: 'Open an account', body: openAccountBody, response: { 201: accountResult } },
      }, async (request, reply) => {
        const { customerId, product, currency, holders = [{ customerId, role: 'owner' as const }], branch, channel } = request.body;
        await mustBeFree([customerId, ...holders.map((holder) => holder.customerId)]);
        const given = await execute(request, { kind: 'open-account', customerId, product, currency, holders, ...(branch !== undefined && { branch }) }, channel);
        return reply.code(201).header('location', `/v1/accounts/${given.id}`).header('etag', etagOf(given.revision)).send({ ...resultOf(given), accountNumber: given.accountNumber! });
      });

      server.put('/v1/accounts/:id/holders', {
        config: { idempotency: 'honoured', access: { permission: 'accounts.maintain', about: aboutAccount, alsoAbout: newHolders } },
        schema: { tags: accounts, summary: 'Change who holds an account and in which role', params: idParams, body: holdersBody, response: { 201: commandResultSchema } },
      }, async (request, reply) => {
        const { holders, reason, channel } = request.body;
        await mustBeFree(holders.map(({ customerId }) => customerId));
        return answered(reply, await execute(request, { kind: 'change-holders', accountId: request.params.id, holders, reason }, channel));
      });

      for (const [path, kind, summary, permission] of [['deposits', 'deposit', 'Pay in', 'money.pay-in'], ['withdrawals', 'withdraw', 'Pay out', 'money.pay-out']] as const)
        server.post(`/v1/accounts/:id/${path}`, {
          config: { idempotency: 'required', sends: ['Location'], access: { permission, about: aboutAccount, amounts: movedAmounts, further } },
          schema: { tags: accounts, summary, params: idParams, body: cashBody, response: { 201: commandResultSchema } },
        }, async (request, reply) => {
          const { money, ...rest } = request.body;
          return answered(reply, await execute(request, { kind, accountId: request.params.id, money: moneyIn(money), ...present(rest) }, rest.channel), '/v1/transfers');
        });

      server.post('/v1/accounts/:id/holds', {
        config: { idempotency: 'required', sends: ['Location'], access: { permission: 'money.hold', about: aboutAccount, amounts: movedAmounts, further } },
        schema: { tags: accounts, summary: 'Hold money', params: idParams, body: holdBody, response: { 201: commandResultSchema } },
      }, async (request, reply) => {
        const { money, channel, expiresAt, ...rest } = request.body;
        const command = { kind: 'place-hold' as const, accountId: request.params.id, money: moneyIn(money), ...present(rest), ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }) };
        return answered(reply, await execute(request, command, channel), '/v1/holds');
      });

      server.post('/v1/holds/:id/capture', {
        config: { idempotency: 'required', sends: ['Location'], access: { permission: 'money.hold', about: aboutHold, amounts: movedAmounts } },
        schema: { tags: accounts, summary: 'Turn a hold, or part of it, into a movement; the rest is released', params: idParams, body: captureBody, response: { 201: commandResultSchema } },
      }, async (request, reply) => {
        const { money, memo, channel } = request.body ?? {};
        const command = { kind: 'capture-hold' as const, holdId: request.params.id, ...(money && { money: moneyIn(money) }), ...present({ memo }) };
        return answered(reply, await execute(request, command, channel), '/v1/transfers');
      });

      server.post('/v1/holds/:id/release', {
        config: { idempotency: 'required', access: { permission: 'money.hold', about: aboutHold } },
        schema: { tags: accounts, summary: 'Let a hold go', params: idParams, body: releaseBody, response: { 201: commandResultSchema } },
      }, async (request, reply) =>
        answered(reply, await execute(request, { kind: 'release-hold', holdId: request.params.id }, request.body?.channel)));

      server.post('/v1/accounts/:id/freeze', {
        config: { idempotency: 'honoured', access: { permission: 'accounts.freeze', about: aboutAccount } },
        schema: { tags: accounts, summary: 'Freeze an account', params: idParams, body: freezeBody, response: { 201: commandResultSchema } },
      }, async (request, reply) => {
        const { mode, reason, channel } = request.body;
        return answered(reply, await execute(request, { kind: 'freeze', accountId: request.params.id, mode, reason }, channel));
      });

      server.post('/v1/accounts/:id/unfreeze', {
        config: { idempotency: 'honoured', access: { permission: 'accounts.freeze', about: aboutAccount } },
        schema: { tags: accounts, summary: 'Lift a freeze', params: idParams, body: unfreezeBody, response: { 201: commandResultSchema } },
      }, async (request, reply) => {
        const { reason, channel } = request.body;
        return answered(reply, await execute(request, { kind: 'unfreeze', accountId: request.params.id, reason }, channel));
      });

      server.post('/v1/accounts/:id/close', {
        config: { idempotency: 'required', access: { permission: 'accounts.close', about: aboutAccount, further } },
        schema: { tags: accounts, summary: 'Close an account; what is left goes to another', params: idParams, body: closeBody, response: { 201: commandResultSchema } },
      }, async (request, reply) => {
        const { channel, ...rest } = request.body ?? {};
        return answered(reply, await execute(request, { kind: 'close-account', accountId: request.params.id, ...present(rest) }, channel));
      });

      server.post('/v1/transfers', {
        config: { idempotency: 'required', sends: ['Location'], access: { permission: 'money.transfer', about: aboutPayer, amounts: movedAmounts, further } },
        schema: { tags: transfers, summary: 'Transfer between two accounts', body: transferBody, response: { 201: commandResultSchema } },
      }, async (request, reply) => {
        const { money, channel, ...rest } = request.body;
        return answered(reply, await execute(request, { kind: 'transfer', money: moneyIn(money), ...present(rest) }, channel), '/v1/transfers');
      });

      server.post('/v1/transfers/batch', {
        config: { idempotency: 'required', access: { permission: 'money.transfer', about: () => EVERYTHING, amounts: movedAmounts, further } },
        schema: { tags: transfers, summary: 'Many transfers: all or none, or each for itself with a result per line', body: batchBody, response: { 201: batchResult } },
      }, async (request, reply) => {
        const { atomic, transfers: lines, channel } = request.body;
        const given = await execute(request, { kind: 'transfer-batch', atomic, transfers: lines.map(({ money, ...rest }) => ({ money: moneyIn(money), ...present(rest) })) }, channel);
        return reply.code(201).send({ ...resultOf(given), ...(given.lines && { lines: given.lines.map((line) => (line.status === 'posted' ? { ...line, revision: Number(line.revision) } : line)) }) });
      });

      server.post('/v1/transfers/:id/reversal', {
        config: { idempotency: 'required', sends: ['Location'], access: { permission: 'money.reverse', about: aboutParam('movement') } },
        schema: { tags: transfers, summary: 'Undo a movement of money by new entries', params: idParams, body: reversalBody, response: { 201: commandResultSchema } },
      }, async (request, reply) => {
        const { reason, channel } = request.body;
        return answered(reply, await execute(request, { kind: 'reverse', movementId: request.params.id, reason }, channel), '/v1/transfers');
      });
    },
  };
}

function acceptedOr(given: LedgerAnswer): Accepted {
  if (given.outcome === 'accepted') return given;
  throw new Refusal(given.rejection, given.retryAfterSeconds);
}

const resultOf = ({ id, revision, position }: Accepted) => ({ id, revision: Number(revision), position: position.toString() });

const answered = (reply: FastifyReply, given: Accepted, collection?: string) =>
  (collection === undefined ? reply : reply.header('location', `${collection}/${given.id}`)).code(201).send(resultOf(given));

/** Without the members that are undefined. */
const present = <T extends object>(value: T): { [Key in keyof T]: Exclude<T[Key], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;
