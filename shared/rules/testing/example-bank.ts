import type { Catalogue } from '../catalogue.js';
import type { RuleContext } from '../check-walk.js';

const titles = (en: string, zh: string): { en: string; zh: string } => ({ en, zh });

/** A catalogue with every type, for tests and for the examples of the README. */
export const EXAMPLE_CATALOGUE: Catalogue = {
  attributes: {
    'customer.branch': { type: 'text', titles: titles('branch', '分行') },
    'customer.kind': { type: 'text', titles: titles('kind of customer', '客户类型'), values: { person: titles('person', '个人'), company: titles('company', '企业') } },
    'customer.income': { type: 'money', titles: titles('stated monthly income', '申报月收入') },
    'customer.score': { type: 'number', titles: titles('credit score', '信用评分') },
    'customer.staff': { type: 'bool', titles: titles('member of staff', '本行员工') },
    'customer.since': { type: 'date', titles: titles('day of joining', '开户日') },
    'customer.lastSignIn': { type: 'moment', titles: titles('last sign-in', '最近登录') },
    'customer.tags': { type: 'texts', titles: titles('tags', '标签'), values: { vip: titles('VIP', '贵宾'), payroll: titles('payroll', '代发工资'), travel: titles('travel', '旅行') } },
  },
  facts: {
    movement: {
      titles: titles('movements', '交易'),
      keys: ['customer', 'account', 'counterparty'],
      fields: {
        amount: { type: 'money', titles: titles('amount', '金额') },
        direction: { type: 'text', titles: titles('direction', '方向'), values: { in: titles('in', '入账'), out: titles('out', '出账') } },
        cash: { type: 'bool', titles: titles('cash', '现金') },
        counterparty: { type: 'text', titles: titles('counterparty', '对手方') },
        risk: { type: 'number', titles: titles('risk points', '风险分') },
        valueDate: { type: 'date', titles: titles('value date', '起息日') },
        orderedAt: { type: 'moment', titles: titles('time of the order', '下单时间') },
        labels: { type: 'texts', titles: titles('labels', '标记') },
      },
    },
    signIn: { titles: titles('sign-ins', '登录'), keys: ['customer'], fields: { device: { type: 'text', titles: titles('device', '设备') } } },
  },
  keys: {
    customer: { titles: titles('of the customer', '该客户'), of: 'subject' },
    account: { titles: titles('of the account', '该账户'), of: 'trigger' },
    counterparty: { titles: titles('with the same counterparty', '与同一对手方'), of: 'trigger' },
  },
};

/** Lists "watch" and "vip", and segment "gold" that refers to "vip". */
export const EXAMPLE_CONTEXT: RuleContext = {
  trigger: 'movement',
  self: null,
  lists: (id) => ({ watch: [], vip: [], gold: ['vip'] })[id] ?? null,
};
