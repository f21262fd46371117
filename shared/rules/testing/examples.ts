import type { RuleNode } from '../language.js';

export interface Example {
  readonly title: string;
  readonly trigger: 'movement' | null;
  readonly tree: RuleNode;
  readonly en: string;
  readonly zh: string;
}

/** The examples of the README, in its order: a test compares. */
export const EXAMPLES: readonly Example[] = [
  {
    title: 'Structuring: three deposits within a day, each 80 to 99 % of the 50,000 from which cash is reported',
    trigger: 'movement',
    tree: {
      agg: {
        fn: 'count', over: 'movement', key: 'customer', window: 'PT24H',
        where: { combinator: 'and', rules: [
          { field: 'direction', operator: '=', value: 'in' },
          { field: 'cash', operator: '=', value: true },
          { field: 'amount', operator: 'between', value: [{ amount: '40000.00', currency: 'CNY' }, { amount: '49500.00', currency: 'CNY' }] },
        ] },
      },
      operator: '>=', value: 3,
    },
    en: 'number of movements of the customer in the last 24 hours, only where direction is "in" and cash is yes and amount is from CNY 40,000.00 to CNY 49,500.00, is at least 3',
    zh: '过去24小时内该客户的交易（仅限方向为“入账”且现金为是且金额在CNY 40,000.00至CNY 49,500.00之间）的笔数不小于3',
  },
  {
    title: 'Rapid in and out: of at least 20,000 that came in within a day, 90 % or more went out',
    trigger: 'movement',
    tree: { combinator: 'and', rules: [
      {
        agg: { fn: 'sum', over: 'movement', key: 'account', field: 'amount', currency: 'CNY', window: 'PT24H', where: { field: 'direction', operator: '=', value: 'in' } },
        operator: '>=', value: { amount: '20000.00', currency: 'CNY' },
      },
      {
        agg: { fn: 'sum', over: 'movement', key: 'account', field: 'amount', currency: 'CNY', window: 'PT24H', where: { field: 'direction', operator: '=', value: 'out' } },
        operator: '>=',
        value: {
          times: '0.9',
          of: { agg: { fn: 'sum', over: 'movement', key: 'account', field: 'amount', currency: 'CNY', window: 'PT24H', where: { field: 'direction', operator: '=', value: 'in' } } },
        },
      },
    ] },
    en: 'total amount of movements of the account in the last 24 hours, only where direction is "in", is at least CNY 20,000.00 and '
      + 'total amount of movements of the account in the last 24 hours, only where direction is "out", is at least 0.9 times '
      + 'total amount of movements of the account in the last 24 hours, only where direction is "in"',
    zh: '过去24小时内该账户的交易（仅限方向为“入账”）的金额合计不小于CNY 20,000.00且过去24小时内该账户的交易（仅限方向为“出账”）的金额合计不小于'
      + '过去24小时内该账户的交易（仅限方向为“入账”）的金额合计的0.9倍',
  },
  {
    title: 'Dormant, then active: 10,000 or more on an account that had moved nothing for half a year before today, of a customer of longer standing',
    trigger: 'movement',
    tree: { combinator: 'and', rules: [
      { fact: 'amount', operator: '>=', value: { amount: '10000.00', currency: 'CNY' } },
      { agg: { fn: 'count', over: 'movement', key: 'account', window: 'P180D', offset: 'P1D' }, operator: '=', value: 0 },
      { attr: 'customer.since', operator: 'olderThan', value: 'P181D' },
    ] },
    en: 'amount of what happened is at least CNY 10,000.00 and number of movements of the account in the 180 days up to 1 day ago is 0 and day of joining is at least 181 days ago',
    zh: '本次金额不小于CNY 10,000.00且截至1天前的180天内该账户的交易的笔数为0且开户日距今已满181天',
  },
  {
    title: 'Velocity: more than ten payments within an hour',
    trigger: 'movement',
    tree: { agg: { fn: 'count', over: 'movement', key: 'account', window: 'PT1H', where: { field: 'direction', operator: '=', value: 'out' } }, operator: '>', value: 10 },
    en: 'number of movements of the account in the last 1 hour, only where direction is "out", is more than 10',
    zh: '过去1小时内该账户的交易（仅限方向为“出账”）的笔数大于10',
  },
  {
    title: 'Fan-in: eight or more senders within a week',
    trigger: 'movement',
    tree: { agg: { fn: 'distinct', over: 'movement', key: 'customer', field: 'counterparty', window: 'P7D', where: { field: 'direction', operator: '=', value: 'in' } }, operator: '>=', value: 8 },
    en: 'number of different values of counterparty of movements of the customer in the last 7 days, only where direction is "in", is at least 8',
    zh: '过去7天内该客户的交易（仅限方向为“入账”）中不同对手方的个数不小于8',
  },
  {
    title: 'A new counterparty with a high value: the first movement with it in a year; the one that triggers is counted',
    trigger: 'movement',
    tree: { combinator: 'and', rules: [
      { fact: 'amount', operator: '>=', value: { amount: '200000.00', currency: 'CNY' } },
      { agg: { fn: 'count', over: 'movement', key: 'counterparty', window: 'P365D' }, operator: '=', value: 1 },
    ] },
    en: 'amount of what happened is at least CNY 200,000.00 and number of movements with the same counterparty in the last 365 days is 1',
    zh: '本次金额不小于CNY 200,000.00且过去365天内与同一对手方的交易的笔数为1',
  },
  {
    title: 'More than fits the stated income: three times as much came in within 30 days. Who has stated none is not found',
    trigger: 'movement',
    tree: {
      agg: { fn: 'sum', over: 'movement', key: 'customer', field: 'amount', currency: 'CNY', window: 'P30D', where: { field: 'direction', operator: '=', value: 'in' } },
      operator: '>=', value: { times: '3', of: { attr: 'customer.income' } },
    },
    en: 'total amount of movements of the customer in the last 30 days, only where direction is "in", is at least 3 times stated monthly income',
    zh: '过去30天内该客户的交易（仅限方向为“入账”）的金额合计不小于申报月收入的3倍',
  },
  {
    title: 'A segment by recency, frequency and monetary value: persons who pay often and much, or VIPs, and are not on the watch list',
    trigger: null,
    tree: { combinator: 'and', rules: [
      { attr: 'customer.kind', operator: '=', value: 'person' },
      { list: 'watch', operator: 'notIn' },
      { combinator: 'or', rules: [
        { attr: 'customer.tags', operator: 'contains', value: 'vip' },
        { combinator: 'and', rules: [
          { agg: { fn: 'count', over: 'movement', key: 'customer', window: 'P14D' }, operator: '>=', value: 1 },
          { agg: { fn: 'count', over: 'movement', key: 'customer', window: 'P90D' }, operator: '>=', value: 12 },
          { agg: { fn: 'sum', over: 'movement', key: 'customer', field: 'amount', currency: 'CNY', window: 'P90D' }, operator: '>=', value: { amount: '30000.00', currency: 'CNY' } },
        ] },
      ] },
    ] },
    en: 'kind of customer is "person" and is not in "watch" and (tags include "VIP" or (number of movements of the customer in the last 14 days is at least 1 and '
      + 'number of movements of the customer in the last 90 days is at least 12 and total amount of movements of the customer in the last 90 days is at least CNY 30,000.00))',
    zh: '客户类型为“个人”且不在“watch”中且（标签包含“贵宾”或（过去14天内该客户的交易的笔数不小于1且过去90天内该客户的交易的笔数不小于12且过去90天内该客户的交易的金额合计不小于CNY 30,000.00））',
  },
];
