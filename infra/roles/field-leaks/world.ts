import { maskAccountNumber } from '../../../shared/access/masks.js';
import { HEAD_OFFICE } from '../../../shared/access/rights.js';
import { caseIdOf } from '../../../services/risk/cases/state.js';
import { eventually } from '../../../shared/testing/eventually.js';
import type { BankHere } from '../testing/bank-here.js';
import { changesTold, companyTold, personTold } from './customers-told.js';
import { deriveAll, subscribeStaff, type Derived } from './derived.js';
import { askAt, must, type Ask } from './exchange.js';
import { Facts, type Owner, type Reader } from './facts.js';
import { enrolCustomer } from './own-readers.js';
import { hirePeople } from './people.js';

/** What a path may name. */
export interface Target {
  readonly id: string;
  readonly owners: readonly Owner[];
}

/** A bank with one of everything within reach of those who work at NORTH, and one beyond. What is `spare` is there to be changed. */
export interface World extends Derived {
  readonly url: string;
  readonly bank: Ask;
  readonly facts: Facts;
  readonly readers: readonly Reader[];
  /** An access token is good for minutes: on a slow machine a walk takes longer. */
  readonly renewSessions: () => Promise<void>;
  readonly staff: ReadonlyMap<string, string>;
  readonly customers: readonly Target[];
  readonly accounts: readonly Target[];
  readonly holds: readonly Target[];
  readonly movements: readonly Target[];
  /** What customers have requested and nobody has decided. */
  readonly approvals: readonly Target[];
  /** What the rules of a new bank found out about so much cash. */
  readonly riskCases: readonly Target[];
  /** By the case that it belongs to. */
  readonly alerts: ReadonlyMap<string, string>;
  /** By customer, one that is not to be changed. */
  readonly documents: ReadonlyMap<string, string>;
  readonly spare: {
    readonly customer: string; readonly document: string; readonly leaving: string;
    readonly double: string; readonly otherDouble: string; readonly merged: string; readonly merge: string; readonly account: string; readonly otherAccount: string; readonly closing: string; readonly hold: string; readonly otherHold: string; readonly movement: string; readonly staff: string;
    readonly assignment: string; readonly grant: string; readonly actAs: string; readonly key: string; readonly branch: string; readonly role: string; readonly client: string; readonly session: string;
    readonly approval: string; readonly rejection: string; readonly withdrawal: string; readonly riskCase: string;
  };
  /** Of the last command: an answer after it sees all of it. */
  readonly position: string;
}

export const UNKNOWN = 'eeeeeeee-0000-4000-8000-00000000000e';

const cny = (amount: string) => ({ amount, currency: 'CNY' });

export async function buildWorld(here: BankHere): Promise<World> {
  const { url, token } = here;
  const bank = askAt(url, { authorization: `Bearer ${token}` });
  const facts = new Facts();
  const { readers, ids: staff, renewSessions } = await hirePeople(url, bank, facts);
  await subscribeStaff(bank);
  let keys = 0;
  const post = <T = { id: string; position: string; accountNumber: string }>(path: string, body: unknown, headers: Record<string, string> = {}) =>
    must<T>(bank, 'POST', path, body, { 'idempotency-key': `world-${keys++}`, ...headers });

  const near: Owner = { branch: 'NORTH-1', manager: staff.get('walk.relationship-manager')! };
  const far: Owner = { branch: 'SOUTH' };
  const asCustomer = (...owners: Owner[]) => ({ permissions: ['customers.read', 'customers.search'] as const, owners });
  const asAccount = (...owners: Owner[]) => ({ permissions: ['accounts.read'] as const, owners });

  async function customer(who: string, { ...owner }: Owner, n: string, kind: 'person' | 'company'): Promise<Target> {
    const told = facts.of(`${who} ${kind}`, asCustomer(owner));
    const { id } = await post('/v1/customers', { ...(kind === 'person' ? personTold : companyTold)(told, n), ...owner });
    Object.assign(owner, kind === 'person' && { customer: id });
    facts.of(`${who} ${kind}`, { permissions: ['customers.read', 'customers.search', 'accounts.read', 'marketing.read', 'risk.read'], owners: [owner] })('record', id);
    const inHistory = facts.of(`${who} ${kind}'s history`, { permissions: ['customers.read'], owners: [owner] });
    const changes = kind === 'person' ? changesTold(told, n) : { businessScope: told('employment', `Handel mit Tran ${n} und Seife`) };
    await must(bank, 'PATCH', `/v1/customers/${id}`, { ...changes, reason: inHistory('free-text', `reason-ozelot-${n}-${kind}`), evidence: [inHistory('free-text', `evidence-yak-${n}-${kind}`)] }, { 'if-match': '*' });
    return { id, owners: [owner] };
  }
  const customers = [await customer('near', near, '11', 'person'), await customer('far', far, '22', 'person'), await customer('near', near, '13', 'company'), await customer('far', far, '24', 'company')];

  async function account(who: string, holder: Target, amounts: { first: string; balance: string; held: string }, otherwise: readonly Owner[]): Promise<Target & { accountNumber: string; firstMovement: string; hold: Target }> {
    const told = facts.of(`${who} account`, asAccount(...holder.owners));
    const { id, accountNumber } = await post('/v1/accounts', { customerId: holder.id, product: 'demand-savings', currency: 'CNY' });
    // Who sees a movement between two accounts sees both their numbers.
    facts.of(`${who} account`, asAccount(...holder.owners, ...otherwise))('account-number', accountNumber, { mask: maskAccountNumber });
    await post(`/v1/accounts/${id}/deposits`, { money: cny('0.01'), channel: 'counter' });
    const first = await post(`/v1/accounts/${id}/deposits`, { money: cny(told('movements', amounts.first)), channel: 'counter', memo: told('free-text', `memo-quokka-${who}`) });
    told('balances', amounts.balance);
    const hold = await post(`/v1/accounts/${id}/holds`, { money: cny(told('balances', amounts.held)), memo: told('free-text', `hold-narwal-${who}`) });
    return { id, owners: holder.owners, accountNumber, firstMovement: first.id, hold: { id: hold.id, owners: holder.owners } };
  }
  const nearAccount = await account('near', customers[0]!, { first: '718834290163.27', balance: '718834290163.28', held: '144178335092.83' }, customers[1]!.owners);
  const farAccount = await account('far', customers[1]!, { first: '529946170352.13', balance: '529946170352.14', held: '262891204475.91' }, customers[0]!.owners);

  const [ofNear, ofFar] = [customers[0]!.owners, customers[1]!.owners];
  const both = facts.of('transfer from near to far', asAccount(...ofNear, ...ofFar));
  const across = await post('/v1/transfers', { from: nearAccount.id, to: farAccount.id, money: cny(both('movements', '339172455081.72')), memo: both('free-text', 'rent-zebu-both') });
  facts.of('near after the transfer', asAccount(...ofNear))('balances', '379661835081.56');
  facts.of('far after the transfer', asAccount(...ofFar))('balances', '869118625433.86');
  const mistake = await post('/v1/transfers', { from: farAccount.id, to: nearAccount.id, money: cny(both('movements', '127654388206.54')) });
  facts.of('near before the reversal', asAccount(...ofNear))('balances', '507316223288.10');
  facts.of('far before the reversal', asAccount(...ofFar))('balances', '741464237227.32');
  const reversal = await post(`/v1/transfers/${mistake.id}/reversal`, { reason: both('free-text', 'reversal-tapir-both') });

  const documents = new Map<string, string>();
  async function attach(customerId: string, kind: string, fileName: string, content: string): Promise<string> {
    const disposition = `attachment; filename*=UTF-8''${fileName}`;
    const { id } = await must(bank, 'POST', `/v1/customers/${customerId}/documents?kind=${kind}`, content, { 'content-type': 'text/plain', 'content-disposition': disposition });
    await eventually(async () => (await must<{ status: string }>(bank, 'GET', `/v1/customers/${customerId}/documents/${id}`)).status === 'clean');
    return id;
  }
  for (const [who, { id, owners }] of [['near', customers[0]!], ['far', customers[1]!]] as const) {
    const told = facts.of(`${who} document`, { permissions: ['documents.read', 'customers.hand-over'], owners });
    await attach(id, 'income-proof', told('income', `gehalt-lapislazuli-${who}.txt`), 'payslip');
    documents.set(id, await attach(id, 'contract', told('free-text', `vertrag-malachit-${who}.txt`), told('free-text', `Hiermit wird vereinbart: Turmalin ${who} samt Zubehoer`)));
  }

  const spare = { name: 'Spare One', sex: 'male', birthDate: '1970-01-02', idDocument: { type: 'FOREIGN-PASSPORT', number: 'SPARE0001', country: 'DE' }, phones: ['+8613700000001'] };
  const { id: spareCustomer } = await post('/v1/customers', { kind: 'individual', ...spare, ...near });
  const spareDocument = await attach(spareCustomer, 'photo', 'spare.txt', 'spare');
  const { id: leaving } = await post('/v1/customers', { kind: 'individual', ...spare, name: 'Leaving Soon', birthDate: '1944-05-06', idDocument: { ...spare.idDocument, number: 'SPARE0002' }, phones: ['+8613700000003'], ...near });
  const [double, otherDouble, merged, otherMerged] = await Promise.all(['Alpha', 'Beta', 'Gamma', 'Delta'].map(async (name, index) => {
    const person = { ...spare, name: `Double ${name}`, birthDate: `195${index}-05-06`, idDocument: { ...spare.idDocument, number: `DOUBLE000${index}` }, phones: [`+861370000010${index}`] };
    return (await post('/v1/customers', { kind: 'individual', ...person, ...near, notDuplicateOf: 'any' })).id;
  })) as [string, string, string, string];
  const { id: merge } = await post(`/v1/customers/${merged}/merges`, { from: otherMerged, fromRevision: 1, reason: 'spare', identitiesDiffer: true }, { 'if-match': '*' });
  const spareAccounts = [];
  for (const key of ['one', 'two']) {
    const { id } = await post('/v1/accounts', { customerId: spareCustomer, product: 'demand-savings', currency: 'CNY' });
    await post(`/v1/accounts/${id}/deposits`, { money: cny('100000.00'), channel: 'counter', memo: key });
    spareAccounts.push(id);
  }
  const [account1, account2] = spareAccounts as [string, string];
  const spareHold = await post(`/v1/accounts/${account1}/holds`, { money: cny('10.00') });
  const otherHold = await post(`/v1/accounts/${account1}/holds`, { money: cny('10.00') });
  const closing = await post('/v1/accounts', { customerId: spareCustomer, product: 'demand-savings', currency: 'CNY' });
  const spareMovement = await post('/v1/transfers', { from: account1, to: account2, money: cny('10.00') });

  const alerts = new Map<string, string>();
  async function caseOf(who: string, customerId: string, owners: readonly Owner[]): Promise<Target> {
    const told = facts.of(`${who} risk case`, { permissions: ['risk.read'], owners });
    const id = told('record', caseIdOf(customerId, 'large-cash'));
    await eventually(async () => {
      const { items } = await must<{ items: { id: string }[] }>(bank, 'GET', `/v1/risk/alerts?case=${id}`);
      if (items[0]) alerts.set(id, told('record', items[0].id));
      return items.length > 0;
    }, { deadlineMs: 60_000, everyMs: 100 });
    return { id, owners };
  }
  const riskCases = [await caseOf('near', customers[0]!.id, ofNear), await caseOf('far', customers[1]!.id, ofFar)];
  const { id: spareCase } = await caseOf('spare', spareCustomer, ofNear);

  const derived = await deriveAll({ here, bank, facts, readers, customers, alerts });

  const own = [await enrolCustomer(url, bank, facts, 'near', '31', customers[0]!), await enrolCustomer(url, bank, facts, 'far', '42', customers[1]!)];
  const teller = askAt(url, readers.find(({ name }) => name === 'teller')!.headers);
  const waiting = [];
  for (const name of ['Spare Two', 'Spare Three', 'Spare Four']) waiting.push((await must<{ approvalId: string }>(teller, 'PATCH', `/v1/customers/${spareCustomer}`, { name }, { 'if-match': '*' })).approvalId);

  const hired = facts.of('spare staff', { permissions: ['access.read'], owners: [{ branch: 'SOUTH' }] });
  const spareStaff = await post('/v1/staff', { username: hired('staff', 'walk.spare'), branch: 'SOUTH', person: { name: hired('staff', 'Sidonia Ersatzfrau') } });
  const assignment = await post(`/v1/staff/${spareStaff.id}/assignments`, { role: 'teller', branch: 'SOUTH' }, { 'if-match': '*' });
  const until = new Date(Date.now() + 86_400_000).toISOString();
  const grant = await post(`/v1/staff/${spareStaff.id}/grants`, { kind: 'role', role: 'marketer', branch: 'SOUTH', until, reason: 'spare' }, { 'if-match': '*' });
  const administrator = askAt(url, readers.find(({ name }) => name === 'administrator')!.headers);
  const actAs = await must(administrator, 'POST', '/v1/act-as', { staffId: spareStaff.id, until: new Date(Date.now() + 3_600_000).toISOString(), reason: 'spare' });
  await post('/v1/branches', { code: 'SPARE', title: 'Spare', parent: HEAD_OFFICE });
  await post('/v1/roles', { name: 'spare-role', title: 'Spare', permits: [], views: {} });
  const client = await post('/v1/clients', { name: 'spare-client', permits: [], branch: HEAD_OFFICE, views: {} });
  const { keyId } = await post<{ keyId: string }>(`/v1/clients/${client.id}/keys`, undefined, { 'if-match': '*' });
  const session = await must<{ sessionId: string }>(askAt(url, {}), 'POST', '/v1/sign-in', { username: 'walk.nobody', password: facts.all.find(({ what }) => what === 'staff walk.nobody: password')!.clear });
  const last = await post(`/v1/accounts/${account2}/deposits`, { money: cny('1.00'), channel: 'counter' });

  return {
    url, bank, facts, staff, customers, documents, riskCases, alerts, ...derived,
    readers: [...readers, ...own.map(({ reader }) => reader)],
    async renewSessions() {
      await renewSessions();
      for (const one of own) await one.renewSession();
    },
    approvals: own.map(({ approval }) => approval),
    accounts: [nearAccount, farAccount],
    holds: [nearAccount.hold, farAccount.hold],
    movements: [{ id: nearAccount.firstMovement, owners: ofNear }, { id: farAccount.firstMovement, owners: ofFar }, ...[across, mistake, reversal].map(({ id }) => ({ id, owners: [...ofNear, ...ofFar] }))],
    spare: {
      customer: spareCustomer, document: spareDocument, leaving, double, otherDouble, merged, merge, account: account1, otherAccount: account2, closing: closing.id, hold: spareHold.id, otherHold: otherHold.id, movement: spareMovement.id, staff: spareStaff.id, assignment: assignment.id, grant: grant.id, actAs: actAs.id, key: keyId,
      approval: waiting[0]!, rejection: waiting[1]!, withdrawal: waiting[2]!, riskCase: spareCase, branch: 'SPARE', role: 'spare-role', client: client.id, session: session.sessionId,
    },
    position: last.position,
  };
}
