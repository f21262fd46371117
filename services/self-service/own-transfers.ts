import type { FastifyRequest } from 'fastify';
import type { Limits } from '../../shared/access/rights.js';
import { commandResultSchema } from '../../shared/http/answers.js';
import { commandContext } from '../../shared/http/command-context.js';
import { Refusal } from '../../shared/http/context.js';
import { amountsIn, type About } from '../../shared/http/route-access.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import { moneyOf } from '../../shared/kernel/money.js';
import { CUSTOMERS } from '../access/sign-in/people.js';
import type { SignInParts } from '../access/sign-in/parts.js';
import { onceOnly } from '../access/sign-in/requests.js';
import { stateOf } from '../access/sign-in/standing.js';
import { tell } from '../access/sign-in/telling.js';
import type { LedgerShard } from '../ledger/ledger-shard.js';
import { ledgerRejections } from '../ledger/rejections.js';
import { ownTransferBody } from './bodies.js';

export interface OwnTransfersOptions {
  readonly signIn: Pick<SignInParts, 'meters' | 'people' | 'records'>;
  readonly ledger: Pick<LedgerShard, 'execute' | 'partiesOfAccount'>;
  /** The account of somebody's that has this number; undefined for the bank's own, and where there is none. The read model may lag. */
  readonly accountByNumber: (accountNumber: string) => Promise<string | undefined>;
  /** Above it a fresh second factor is needed. */
  readonly stepUpAbove: Limits;
}

/** So many payees are remembered; beyond that every one is new. */
const MOST_PAYEES = 1_000;

interface OwnTransfer {
  readonly from: string;
  readonly toAccountNumber: string;
  readonly money: { readonly amount: string; readonly currency: string };
}

const bodyOf = ({ body }: FastifyRequest): OwnTransfer => body as OwnTransfer;
const aboutPayer = (request: FastifyRequest): About => ({ kind: 'account', id: bodyOf(request).from });

/** Transfers that customers make themselves: from what they hold, to whom they name by the account's number, today. */
export function ownTransfersModule({ signIn, ledger, accountByNumber, stepUpAbove }: OwnTransfersOptions): RouteModule {
  /** Somebody else's account that this customer has not paid with a fresh second factor yet. */
  async function isNewPayee(customerId: string, accountId: string): Promise<boolean> {
    if (ledger.partiesOfAccount(accountId)?.includes(customerId)) return false;
    return !(await stateOf(signIn, customerId)).payees.has(accountId);
  }

  async function stepUp(request: FastifyRequest): Promise<boolean> {
    const { money, toAccountNumber } = bodyOf(request);
    const { minor, currency } = moneyOf(money);
    if (minor > (stepUpAbove.get(currency) ?? 0n)) return true;
    const to = await accountByNumber(toAccountNumber);
    return to === undefined || isNewPayee(request.principal.id, to);
  }

  return {
    name: 'own-transfers',
    description: 'Transfers that customers make themselves',
    rejections: ledgerRejections,
    routes(server) {
      server.post(`${CUSTOMERS.path}/transfers`, {
        config: { idempotency: 'required', sends: ['Location'], access: { permission: 'own.transfer', about: aboutPayer, amounts: ({ body }) => amountsIn(body), stepUp, runsAtOnce: true } },
        schema: {
          tags: CUSTOMERS.tags, summary: 'Transfer from one\'s own account', body: ownTransferBody, response: { 201: commandResultSchema },
          description: 'Above an amount, and to somebody who was not paid so before, it needs a fresh second factor: step_up_required says how.',
        },
      }, async (request, reply) => {
        const { from, toAccountNumber, money, memo } = request.body;
        const { principal } = request;
        const to = await accountByNumber(toAccountNumber);
        if (to === undefined) throw new Refusal({ code: 'account_not_found', detail: 'no account has this number' });
        const given = await ledger.execute({ kind: 'transfer', from, to, money: moneyOf(money), ...(memo !== undefined && { memo }) }, commandContext(request));
        if (given.outcome !== 'accepted') throw new Refusal(given.rejection, given.retryAfterSeconds);
        if (principal.steppedUpUntil !== undefined && request.receivedAt < principal.steppedUpUntil && (await isNewPayee(principal.id, to))) await trust(principal.id, to, request);
        return reply.code(201).header('location', `/v1/transfers/${given.id}`).send({ id: given.id, revision: Number(given.revision), position: given.position.toString() });
      });
    },
  };

  async function trust(customerId: string, accountId: string, request: FastifyRequest): Promise<void> {
    if ((await stateOf(signIn, customerId)).payees.size < MOST_PAYEES) await tell(signIn, onceOnly(commandContext(request)), customerId, { type: 'PayeeTrusted', data: { customerId, accountId } });
  }
}
