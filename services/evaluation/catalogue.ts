import { CHANNELS } from '../../shared/events/values.js';
import { CURRENCIES, type CurrencyCode } from '../../shared/kernel/money.js';
import type { Catalogue, Field, Titles } from '../../shared/rules/catalogue.js';

const titles = (en: string, zh: string): Titles => ({ en, zh });
const field = (type: Field['type'], en: string, zh: string, values?: Readonly<Record<string, Titles>>): Field => ({ type, titles: titles(en, zh), ...(values && { values }) });

const channels: Record<(typeof CHANNELS)[number], Titles> = {
  counter: titles('counter', '柜面'), atm: titles('cash machine', '自助设备'), online: titles('online bank', '网上银行'), mobile: titles('mobile bank', '手机银行'),
  phone: titles('phone bank', '电话银行'), 'card-network': titles('card network', '银行卡网络'), batch: titles('batch', '批量'), system: titles('system', '系统'),
};
const yesOf = (en: string, zh: string): Field => field('bool', en, zh);

/** Balances are apart by currency: money is never compared across currencies. */
const balances = Object.fromEntries((Object.keys(CURRENCIES) as CurrencyCode[]).map((currency) =>
  [`balance.${currency}`, field('money', `balance of all accounts in ${currency}`, `${currency} 账户余额合计`)]));

const account = field('text', 'account', '账户');
const product = field('text', 'product', '产品');

/** Everything that rules, segments and lists of this bank may speak of. `subject-view.ts` and `facts-of.ts` give the values. */
export const bankCatalogue = {
  attributes: {
    'customer.kind': field('text', 'kind of customer', '客户类型', { individual: titles('individual', '个人'), corporate: titles('corporate', '企业') }),
    'customer.branch': field('text', 'branch', '所属机构'),
    'customer.manager': field('text', 'relationship manager', '客户经理'),
    'customer.registeredAt': field('moment', 'registration', '建档时间'),
    'customer.identityVerified': yesOf('identity verified', '身份已核验'),
    'customer.restricted': yesOf('restricted', '受限'),
    'customer.sex': field('text', 'sex', '性别', { male: titles('male', '男'), female: titles('female', '女'), unknown: titles('unknown', '未知') }),
    'customer.birthDate': field('date', 'date of birth', '出生日期'),
    'customer.country': field('text', 'country of residence', '居住国家'),
    'customer.city': field('text', 'city code', '城市代码'),
    'customer.occupation': field('text', 'occupation', '职业'),
    'customer.maritalStatus': field('text', 'marital status', '婚姻状况', {
      single: titles('single', '未婚'), married: titles('married', '已婚'), divorced: titles('divorced', '离异'), widowed: titles('widowed', '丧偶'), unknown: titles('unknown', '未知'),
    }),
    'customer.riskPreference': field('text', 'risk preference', '风险偏好', { conservative: titles('conservative', '保守型'), balanced: titles('balanced', '稳健型'), aggressive: titles('aggressive', '进取型') }),
    'customer.interests': field('texts', 'interests', '兴趣'),
    'customer.tags': field('texts', 'tags', '标签'),
    'customer.income': field('money', 'stated yearly income', '申报年收入'),
    'consent.marketingSms': yesOf('consent to marketing by text message', '同意短信营销'),
    'consent.marketingEmail': yesOf('consent to marketing by e-mail', '同意邮件营销'),
    'consent.marketingPush': yesOf('consent to marketing by app', '同意应用推送营销'),
    'consent.profiling': yesOf('consent to profiling', '同意画像'),
    'consent.dataSharing': yesOf('consent to data sharing', '同意数据共享'),
    'accounts.open': field('number', 'number of open accounts', '未销户账户数'),
    'accounts.frozen': yesOf('an account is frozen', '有账户被冻结'),
    'accounts.products': field('texts', 'products of open accounts', '持有产品'),
    'accounts.currencies': field('texts', 'currencies of open accounts', '账户币种'),
    'accounts.firstOpenedAt': field('moment', 'opening of the first account', '首次开户时间'),
    'accounts.lastMovementAt': field('moment', 'last movement', '最近交易时间'),
    'holds.open': field('number', 'number of open holds', '未结束的预授权数'),
    ...balances,
  },
  facts: {
    movement: {
      titles: titles('movements', '交易'),
      keys: ['customer', 'account', 'counterparty'],
      fields: {
        kind: field('text', 'kind of movement', '交易类型', {
          deposit: titles('deposit', '存入'), withdrawal: titles('withdrawal', '支取'), transfer: titles('transfer', '转账'), reversal: titles('reversal', '冲正'), 'hold-capture': titles('captured hold', '预授权完成'),
        }),
        side: field('text', 'direction', '方向', { in: titles('in', '转入'), out: titles('out', '转出') }),
        amount: field('money', 'amount', '金额'),
        balanceAfter: field('money', 'balance afterwards', '交易后余额'),
        channel: field('text', 'channel', '渠道', channels),
        cash: yesOf('cash', '现金'),
        own: yesOf('between own accounts', '本人账户间'),
        account,
        product,
        counterparty: field('text', 'account of the other side', '对方账户'),
        accountOpenedAt: field('moment', 'opening of the account', '开户时间'),
        previousMovementAt: field('moment', 'movement of the account before', '上次交易时间'),
        limitUse: field('number', 'part of the overdraft limit in use', '透支额度使用率'),
      },
    },
    hold: {
      titles: titles('holds', '预授权'),
      keys: ['customer', 'account'],
      fields: { amount: field('money', 'amount', '金额'), balance: field('money', 'balance', '余额'), channel: field('text', 'channel', '渠道', channels), account, product },
    },
    'account-opened': { titles: titles('accounts opened', '开户'), keys: ['customer'], fields: { account, product, currency: field('text', 'currency', '币种') } },
    'account-closed': { titles: titles('accounts closed', '销户'), keys: ['customer'], fields: { account, product, currency: field('text', 'currency', '币种') } },
  },
  keys: {
    customer: { of: 'subject', titles: titles('of the customer', '该客户') },
    account: { of: 'trigger', titles: titles('of the same account', '同一账户') },
    counterparty: { of: 'trigger', titles: titles('with the same other side', '与同一对方') },
  },
} as const satisfies Catalogue;

/** What only marketing may speak of: what was worked out for it decides nothing else (PIPL art. 6: no processing beyond its purpose). */
export const marketingCatalogue = {
  ...bankCatalogue,
  attributes: {
    ...bankCatalogue.attributes,
    'rfm.recency': field('number', 'score of recency', '最近交易得分'),
    'rfm.frequency': field('number', 'score of frequency', '交易频率得分'),
    'rfm.monetary': field('number', 'score of money moved', '交易金额得分'),
    'rfm.cell': field('text', 'recency, frequency and money as one, such as 543', 'RFM 组合'),
    'rfm.tier': field('text', 'value tier', '价值等级', { top: titles('top', '顶级'), high: titles('high', '高'), middle: titles('middle', '中'), low: titles('low', '低') }),
  },
} as const satisfies Catalogue;

export type KindOfFact = keyof (typeof bankCatalogue)['facts'];
export type MarketingAttribute = keyof (typeof marketingCatalogue)['attributes'];
