import type { Formula } from '../../../shared/events/risk/rule-events.js';
import type { BuiltInRule } from './rules.js';

/**
 * The rules a bank is founded with. The thresholds of large cash and large value are those of the People's Bank of China's order 2016 no. 3: of a day; a window of 24 hours ends
 * at the movement that triggers, so it holds all that this day has had until then, and never alerts late. The others are where tuning begins.
 */
type Node = Readonly<Record<string, unknown>>;
const all = (...rules: Node[]): Node => ({ combinator: 'and', rules });
const any = (...rules: Node[]): Node => ({ combinator: 'or', rules });
const fact = (name: string, operator: string, value?: unknown): Node => ({ fact: name, operator, ...(value !== undefined && { value }) });
const field = (name: string, operator: string, value?: unknown): Node => ({ field: name, operator, ...(value !== undefined && { value }) });
const attr = (name: string, operator: string, value?: unknown): Node => ({ attr: name, operator, ...(value !== undefined && { value }) });
const money = (amount: string, currency = 'CNY'): Node => ({ amount, currency });
const count = (key: string, window: string, where?: Node, over = 'movement'): Node => ({ fn: 'count', over, key, window, ...(where && { where }) });
const sum = (key: string, window: string, where: Node, currency = 'CNY'): Node => ({ fn: 'sum', over: 'movement', key, field: 'amount', currency, window, where });
const agg = (aggregate: Node, operator: string, value: unknown): Node => ({ agg: aggregate, operator, value });

const movement = (key: string, name: string, severity: Formula['severity'], cooldown: string | undefined, tree: Node, trigger = 'movement'): BuiltInRule =>
  ({ key, formula: { name, kind: key, severity, trigger, tree, ...(cooldown !== undefined && { cooldown }) } });
/** Alerts of several rules that are worked as one case. */
const ofKind = (kind: string, { key, formula }: BuiltInRule): BuiltInRule => ({ key, formula: { ...formula, kind } });

const JUST_BELOW = [money('30000.00'), money('49999.99')];
const cashIn = all(field('cash', '=', true), field('side', '=', 'in'));
const cashOut = all(field('cash', '=', true), field('side', '=', 'out'));
const comesIn = all(field('side', '=', 'in'), field('own', '=', false));
const goesOut = all(field('side', '=', 'out'), field('own', '=', false));
const transferIn = all(field('side', '=', 'in'), field('own', '=', false), field('cash', '=', false));
const transferOut = all(field('side', '=', 'out'), field('own', '=', false), field('cash', '=', false));
const ROUND = ['10000.00', '20000.00', '30000.00', '40000.00', '50000.00', '100000.00', '200000.00', '500000.00'];
const roundIn = all(field('side', '=', 'in'), field('own', '=', false), any(...ROUND.map((amount) => field('amount', '=', money(amount)))));

/** Of a day's sum, in either direction. */
const inADay = (incoming: Node, outgoing: Node, cny: string, usd: string): Node => any(
  all(fact('side', '=', 'in'), any(agg(sum('customer', 'PT24H', incoming), '>=', money(cny)), agg(sum('customer', 'PT24H', incoming, 'USD'), '>=', money(usd, 'USD')))),
  all(fact('side', '=', 'out'), any(agg(sum('customer', 'PT24H', outgoing), '>=', money(cny)), agg(sum('customer', 'PT24H', outgoing, 'USD'), '>=', money(usd, 'USD')))),
);

export const builtInRules: readonly BuiltInRule[] = [
  movement('structuring', 'Cash just below the threshold of reports, again and again', 'high', 'P1D', all(
    fact('cash', '=', true), fact('side', '=', 'in'), fact('amount', 'between', JUST_BELOW),
    agg(count('customer', 'P3D', all(cashIn, field('amount', 'between', JUST_BELOW))), '>=', 3),
  )),
  movement('rapid-in-out', 'What came in goes out again within two days', 'high', 'P1D', all(
    fact('side', '=', 'out'), fact('own', '=', false), agg(sum('account', 'P2D', comesIn), '>=', money('50000.00')),
    agg(sum('account', 'P2D', goesOut), '>=', { of: { agg: sum('account', 'P2D', comesIn) }, times: '0.9' }),
  )),
  movement('dormant-active', 'An account moves after half a year of rest', 'medium', 'P1D', all(fact('previousMovementAt', 'olderThan', 'P180D'), fact('amount', '>=', money('10000.00')), fact('channel', '!=', 'batch'))),
  movement('velocity', 'Many payments out of an account within an hour', 'medium', 'P1D', all(fact('side', '=', 'out'), fact('own', '=', false), fact('channel', '!=', 'batch'), agg(count('account', 'PT1H', goesOut), '>=', 10))),
  movement('fan-in', 'Money from many sides within a week', 'medium', 'P7D', all(
    fact('side', '=', 'in'), fact('own', '=', false),
    agg({ fn: 'distinct', over: 'movement', key: 'customer', field: 'counterparty', window: 'P7D', where: comesIn }, '>=', 15), agg(sum('customer', 'P7D', comesIn), '>=', money('50000.00')),
  )),
  movement('fan-out', 'Money to many sides within a week', 'medium', 'P7D', all(
    fact('side', '=', 'out'), fact('own', '=', false),
    agg({ fn: 'distinct', over: 'movement', key: 'customer', field: 'counterparty', window: 'P7D', where: goesOut }, '>=', 15), agg(sum('customer', 'P7D', goesOut), '>=', money('50000.00')),
  )),
  movement('large-cash', 'Cash of a day that has to be reported', 'medium', 'PT12H', all(fact('cash', '=', true), inADay(cashIn, cashOut, '50000.00', '10000.00'))),
  ofKind('large-value', movement('large-value-individual', 'A person\'s transfers of a day that have to be reported', 'medium', 'PT12H', all(
    fact('cash', '=', false), fact('own', '=', false), attr('customer.kind', '=', 'individual'), inADay(transferIn, transferOut, '500000.00', '100000.00'),
  ))),
  ofKind('large-value', movement('large-value-corporate', 'An organisation\'s transfers of a day that have to be reported', 'medium', 'PT12H', all(
    fact('cash', '=', false), fact('own', '=', false), attr('customer.kind', '=', 'corporate'), inADay(transferIn, transferOut, '2000000.00', '200000.00'),
  ))),
  movement('new-counterparty', 'Much to somebody who has not been paid for 90 days', 'medium', undefined, all(
    fact('side', '=', 'out'), fact('own', '=', false), fact('counterparty', 'notNull'), fact('amount', '>=', money('100000.00')), agg(count('counterparty', 'P90D', goesOut), '=', 1),
  )),
  movement('round-amounts', 'Round amounts come in again and again', 'low', 'P7D', all(fact('side', '=', 'in'), fact('own', '=', false), agg(count('customer', 'P7D', roundIn), '>=', 5))),
  movement('income-mismatch', 'Within a month more comes in than half a year\'s stated income', 'medium', 'P30D', all(
    fact('side', '=', 'in'), fact('own', '=', false), agg(sum('customer', 'P30D', comesIn), '>=', money('50000.00')),
    agg(sum('customer', 'P30D', comesIn), '>=', { of: { attr: 'customer.income' }, times: '0.5' }),
  )),
  movement('limit-use', 'An overdraft is nearly used up', 'medium', 'P7D', fact('limitUse', '>=', 0.9)),
  movement('hold-use', 'Many holds on one account within a day', 'low', 'P1D', agg(count('account', 'PT24H', undefined, 'hold'), '>=', 10), 'hold'),
];
