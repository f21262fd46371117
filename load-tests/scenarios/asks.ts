import type { LoadBank } from '../load-bank.js';
import type { Answer, Ask, Client } from './scenario.js';

const CENT = { money: { amount: '0.01', currency: 'CNY' } } as const;

/** What clients ask, as they send it. */
export const transfer = (bank: LoadBank, [from, to]: readonly [string, string], key = bank.key()): Ask => ({
  kind: 'transfer', method: 'POST', path: '/v1/transfers', key, moves: [{ from, to, minor: 1n }],
  body: `{"from":"${from}","to":"${to}","money":{"amount":"0.01","currency":"CNY"}}`,
});

export const batch = (bank: LoadBank, pairs: readonly (readonly [string, string])[]): Ask => ({
  kind: 'batch', method: 'POST', path: '/v1/transfers/batch', key: bank.key(), moves: pairs.map(([from, to]) => ({ from, to, minor: 1n })),
  body: JSON.stringify({ atomic: true, transfers: pairs.map(([from, to]) => ({ from, to, ...CENT })) }),
});

export const hold = (bank: LoadBank, [from, to]: readonly [string, string]): Ask => ({
  kind: 'hold', method: 'POST', path: `/v1/accounts/${from}/holds`, key: bank.key(), moves: [{ from, to: 'hold', minor: 1n }], body: JSON.stringify({ ...CENT, to }),
});

/** Of what `hold` placed between the same two. */
export const capture = (bank: LoadBank, placed: Answer, [from, to]: readonly [string, string]): Ask => ({
  kind: 'capture', method: 'POST', path: `/v1/holds/${idIn(placed)}/capture`, key: bank.key(), moves: [{ from, to, minor: 1n }], body: '{}',
});

export const read = (kind: string, path: string): Ask => ({ kind, method: 'GET', path });

/** What the answer to a command created. */
export const idIn = ({ body }: Answer): string => (JSON.parse(body) as { id: string }).id;

export const isGood = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** Transfers without end between whom `pair` names. */
export function* transfers(bank: LoadBank, pair: () => readonly [string, string]): Client {
  for (;;) yield transfer(bank, pair());
}
