import type { DataClass, View } from './data-classes.js';
import type { Permission } from './permissions.js';
import type { Scope } from './rights.js';

/** A role as it stands in the log: what whoever has it may do, how far, up to which amount, and what they see. Amounts are decimals of their currency. */
export interface RoleDefinition {
  readonly name: string;
  readonly title: string;
  readonly permits: readonly { readonly permission: Permission; readonly scope: Scope; readonly limits?: Readonly<Record<string, string>>; readonly commands?: Permission[] }[];
  readonly views: Partial<Record<DataClass, View>>;
}

const permits = (scope: Scope, ...names: Permission[]) => names.map((permission) => ({ permission, scope }));
const limited = (scope: Scope, limits: Readonly<Record<string, string>>, ...names: Permission[]) => names.map((permission) => ({ permission, scope, limits }));

const COUNTER = { CNY: '200000.00', USD: '20000.00', EUR: '20000.00', HKD: '200000.00', CZK: '500000.00', JPY: '4000000' };
/** What an approver may let pass; above that, only who may do it themselves. */
const APPROVER = { CNY: '2000000.00', USD: '200000.00', EUR: '200000.00', HKD: '2000000.00', CZK: '5000000.00', JPY: '40000000' };

const basics = {
  name: 'clear', identity: 'clear', 'identity-number': 'masked', contact: 'masked', 'account-number': 'clear', balances: 'clear', movements: 'clear', 'free-text': 'clear', staff: 'clear',
} as const;

/** The roles a bank is founded with; afterwards they are records, changed like any other (SPEC CUST-8's defaults). */
export const defaultRoles: readonly RoleDefinition[] = [
  {
    name: 'teller', title: 'Teller',
    permits: [
      ...permits('branch', 'customers.read', 'customers.search', 'customers.register', 'customers.update', 'customers.enrol', 'customers.verify', 'documents.add', 'accounts.read', 'accounts.open', 'accounts.close'),
      ...limited('branch', COUNTER, 'money.pay-in', 'money.pay-out', 'money.transfer', 'money.hold'),
      ...permits('branch', 'approvals.read'), ...permits('all', 'self.use'),
    ],
    views: basics,
  },
  {
    name: 'relationship-manager', title: 'Relationship manager',
    permits: [
      ...permits('portfolio', 'customers.read', 'customers.update', 'customers.unmask', 'customers.export', 'accounts.read', 'documents.read', 'documents.add'),
      ...permits('portfolio', 'customers.search', 'approvals.read', 'marketing.read'), ...permits('branch', 'customers.register'), ...permits('all', 'self.use'),
    ],
    views: { ...basics, contact: 'clear', employment: 'clear', income: 'clear', assets: 'clear', preferences: 'clear', marketing: 'clear', ownership: 'clear' },
  },
  {
    name: 'risk-officer', title: 'Risk officer',
    permits: [
      ...permits('all', 'customers.read', 'customers.search', 'customers.unmask', 'customers.restrict', 'customers.erase', 'accounts.read', 'accounts.freeze', 'documents.read', 'ledger.read', 'statistics.read', 'approvals.read', 'self.use'),
      ...permits('all', 'risk.read', 'risk.work', 'risk.write-rules', 'risk.publish-rules', 'risk.tell'),
    ],
    views: { ...basics, employment: 'clear', income: 'clear', assets: 'clear', liabilities: 'clear', credit: 'clear', ownership: 'clear' },
  },
  {
    name: 'marketer', title: 'Marketer',
    permits: permits('all', 'customers.read', 'customers.search', 'marketing.read', 'marketing.write-segments', 'marketing.publish-segments', 'self.use'),
    views: { name: 'masked', identity: 'masked', contact: 'masked', employment: 'clear', income: 'masked', balances: 'masked', movements: 'masked', preferences: 'clear', marketing: 'clear' },
  },
  {
    name: 'service-agent', title: 'Service agent',
    permits: [...permits('all', 'customers.read', 'customers.search', 'customers.verify', 'accounts.read', 'self.use'), ...permits('own', 'approvals.read')],
    views: { name: 'clear', identity: 'masked', 'identity-number': 'masked', contact: 'masked', 'account-number': 'masked', balances: 'hidden', movements: 'clear', staff: 'clear' },
  },
  {
    name: 'approver', title: 'Approver',
    permits: [
      ...permits('all', 'self.use'), ...permits('branch', 'customers.read', 'accounts.read', 'documents.read', 'approvals.read'),
      {
        permission: 'approvals.decide', scope: 'branch', commands: [
          'customers.register', 'customers.update', 'customers.assign', 'customers.merge', 'customers.restrict', 'customers.erase', 'accounts.open', 'accounts.maintain', 'accounts.freeze', 'accounts.close', 'money.reverse',
        ],
      },
      { permission: 'approvals.decide', scope: 'branch', limits: APPROVER, commands: ['money.pay-in', 'money.pay-out', 'money.transfer', 'money.hold'] },
    ],
    views: { ...basics, 'identity-number': 'clear', contact: 'clear', employment: 'clear', income: 'clear', ownership: 'clear' },
  },
  {
    name: 'branch-manager', title: 'Branch manager',
    permits: [
      ...permits('branch', 'customers.read', 'customers.search', 'customers.register', 'customers.update', 'customers.assign', 'customers.enrol', 'customers.unmask', 'customers.merge', 'customers.hand-over', 'customers.erase', 'customers.verify', 'documents.read', 'documents.add', 'documents.remove',
        'accounts.read', 'accounts.open', 'accounts.maintain', 'accounts.freeze', 'accounts.close', 'money.pay-in', 'money.pay-out', 'money.transfer', 'money.hold', 'money.reverse', 'approvals.read', 'approvals.decide'),
      ...permits('branch', 'access.read', 'audit.read', 'risk.read', 'risk.work', 'statistics.read'), ...permits('all', 'self.use', 'accounts.any-holder'),
    ],
    views: { ...basics, 'identity-number': 'clear', contact: 'clear', employment: 'clear', income: 'clear', assets: 'clear', preferences: 'clear', ownership: 'clear' },
  },
  {
    name: 'auditor', title: 'Auditor',
    permits: permits('all', 'customers.read', 'customers.search', 'customers.unmask', 'accounts.read', 'documents.read', 'ledger.read', 'statistics.read', 'approvals.read', 'access.read', 'audit.read', 'marketing.read', 'risk.read', 'self.use'),
    views: {
      name: 'clear', identity: 'clear', 'identity-number': 'masked', contact: 'masked', employment: 'masked', income: 'masked', assets: 'masked', liabilities: 'masked', credit: 'masked',
      'account-number': 'clear', balances: 'clear', movements: 'clear', 'free-text': 'clear', ownership: 'masked', staff: 'clear',
    },
  },
  {
    name: 'administrator', title: 'Administrator',
    permits: [
      ...permits('all', 'access.read', 'access.administer', 'access.act-as', 'sessions.revoke', 'self.use'),
      { permission: 'approvals.read', scope: 'all', commands: ['access.administer'] }, { permission: 'approvals.decide', scope: 'all', commands: ['access.administer'] },
    ],
    views: { staff: 'clear' },
  },
];
