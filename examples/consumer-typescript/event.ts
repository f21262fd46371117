import type { KafkaMessage } from 'kafkajs';

/** What stands in every record: which session of the relay wrote it, from which offset of the partition on, and how far the log is told. */
interface Written {
  readonly session: number;
  readonly start: bigint;
  readonly position: bigint;
}

export interface BankEvent extends Written {
  readonly kind: 'event';
  readonly type: string;
  readonly version: number;
  readonly stream: string;
  readonly revision: bigint;
  readonly data: { readonly legs?: readonly Leg[] };
  readonly metadata: object;
}

export interface Leg {
  readonly accountId: string;
  readonly side: 'debit' | 'credit';
  /** An exact decimal with the currency's own number of decimals. */
  readonly money: { readonly amount: string; readonly currency: string };
}

/** Undefined for what the bank's relay did not write. */
export function readEvent({ value, headers = {} }: KafkaMessage): BankEvent | (Written & { readonly kind: 'tick' }) | undefined {
  const header = (name: string): string => headers[name]?.toString() ?? '';
  const [session, start] = header('passbook-session').split('.');
  if (!session || !start) return undefined;
  const written = { session: Number(session), start: BigInt(start), position: BigInt(header('passbook-position')) };
  if (headers['passbook-tick']) return { ...written, kind: 'tick' };
  const metadata = JSON.parse(header('passbook-metadata')) as { schemaVersion: number };
  return {
    ...written, kind: 'event', type: header('ce_type'), version: metadata.schemaVersion,
    stream: header('passbook-stream'), revision: BigInt(header('passbook-revision')), data: JSON.parse(value!.toString()), metadata,
  };
}
