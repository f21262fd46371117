import type { FastifyRequest } from 'fastify';
import type { Permission } from '../../shared/access/permissions.js';
import type { LedgerShard } from './ledger-shard.js';

/** What of a body says where and when money is booked. */
interface Booking {
  readonly from?: string;
  readonly to?: string;
  readonly against?: string;
  readonly bookingDate?: string;
  readonly valueDate?: string;
}

/**
 * What a validated body asks for beyond its route's permission: to name one of the bank's own accounts (nobody holds those), to book against its own
 * results, or on another day than today, is more than counter work.
 */
export function beyondCounterWork(ledger: Pick<LedgerShard, 'partiesOfAccount'>): (request: FastifyRequest) => readonly Permission[] {
  const isOwn = (accountId: string | undefined): boolean => accountId !== undefined && ledger.partiesOfAccount(accountId)?.length === 0;
  const isCounterWork = ({ from, to, against = 'cash', bookingDate, valueDate }: Booking): boolean =>
    (against === 'cash' || against === 'clearing') && bookingDate === undefined && valueDate === undefined && !isOwn(from) && !isOwn(to);
  return ({ body }) => {
    const { transfers, ...booking } = (body ?? {}) as Booking & { readonly transfers?: readonly Booking[] };
    return (transfers ?? [booking]).every(isCounterWork) ? [] : ['ledger.post'];
  };
}
