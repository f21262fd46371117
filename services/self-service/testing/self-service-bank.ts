import { randomUUID } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { customerRights, limitsFrom } from '../../../shared/access/customer-role.js';
import { defaultOwnChanges, type OwnChanges } from '../../../shared/access/own-changes.js';
import { createCodec } from '../../../shared/events/codec.js';
import type { SignInParts } from '../../access/sign-in/parts.js';
import { CUSTOMERS } from '../../access/sign-in/people.js';
import { customerSignInRecord } from '../../access/sign-in/state.js';
import { signInBank } from '../../access/sign-in/testing/sign-in-bank.js';
import { createCustomers } from '../../customers/customers.js';
import { customersModule } from '../../customers/routes.js';
import { customerRecord } from '../../customers/state.js';
import { person } from '../../customers/testing/people.js';
import type { LedgerShard } from '../../ledger/ledger-shard.js';
import { ledgerModule } from '../../ledger/routes.js';
import { customerDirectory } from '../directory.js';
import { customerNames } from '../names.js';
import { ownContactsModule } from '../own-contacts.js';
import { ownTransfersModule } from '../own-transfers.js';
import { toPhoneOnRecord } from '../phone-on-record.js';
import { selfServiceModule } from '../routes.js';

export const CUSTOMER_PASSWORD = 'marble-orchid-station-93';

/** Sign-in of staff and of customers behind one HTTP server, with the customers module beside it; everything in memory, a clock that stands unless it is moved. */
export async function selfServiceBank({ ledger, ownChanges = defaultOwnChanges }: { readonly ledger?: Pick<LedgerShard, 'execute' | 'partiesOfAccount'>; readonly ownChanges?: OwnChanges } = {}) {
  const notices: object[] = [];
  const verified = new Set<string>();
  const known: { idNumber: string; phone: string; id: string }[] = [];
  const accounts = new Map<string, string>();
  const held: { customers?: SignInParts } = {};
  const bank = await signInBank({
    beside({ parts, store, vault, now }) {
      const names = customerNames({ records: parts.records, secret: parts.secret });
      const directory = customerDirectory({ records: parts.records, names, rightsOf: customerRights({ ownTransfers: limitsFrom({ CNY: '500.00' }) }) });
      const customers: SignInParts = { ...parts, people: CUSTOMERS, directory, secondFactor: 'required', sendCode: toPhoneOnRecord(parts.records, parts.sendCode) };
      held.customers = customers;
      const customersOptions = {
        store, codec: createCodec(vault), secret: Buffer.alloc(32, 3), timeZone: 'Asia/Shanghai',
        findProbableDuplicates: async () => [], onDuplicateSearchSkipped: () => {}, missingDocuments: async () => [],
      };
      return {
        customers: directory,
        modules: [
          selfServiceModule({
            signIn: customers, names,
            findCustomers: async ({ idNumber, phone }) => known.filter((one) => one.idNumber === idNumber && one.phone === phone).map(({ id }) => id),
            identityVerified: async (id) => verified.has(id),
          }),
          ...(ledger ? [
            ownTransfersModule({ signIn: customers, ledger, accountByNumber: async (number) => accounts.get(number), stepUpAbove: limitsFrom({ CNY: '100.00' }) }),
            ledgerModule({ ledger, missingCustomers: async () => [], mergedCustomers: async () => [], restrictedCustomers: async () => [] }),
          ] : []),
          ownContactsModule({
            signIn: customers, ownChanges, sendNotice: async ({ notice, address }) => void notices.push({ notice, ...address }), updateCustomer: createCustomers(customersOptions).update,
          }),
          customersModule({ ...customersOptions, ownChanges, now, currentView: async () => undefined }),
        ],
        findTarget: async ({ kind, id }) => {
          if (kind === 'account') return { customers: ledger?.partiesOfAccount(id) ?? [] };
          const state = kind === 'customer' ? (await parts.records.load(customerRecord, id))?.state : undefined;
          return state === undefined || state.status === 'absent' ? undefined : { branch: state.branch ?? undefined, manager: state.manager ?? undefined, customers: [id] };
        },
      };
    },
  });
  await bank.hire('the.teller', { permissions: ['self.use', 'customers.register', 'customers.enrol', 'customers.update', 'customers.read'] });
  const teller: string = (await bank.signIn('the.teller')).body.accessToken;

  const register = async (body: object = person()): Promise<string> => {
    const registered = await bank.post('/v1/customers', body, teller);
    if (registered.status !== 201) throw new Error(JSON.stringify(registered.body));
    return registered.body.id;
  };
  const giveCode = async (id: string, body: object = {}): Promise<string> => (await bank.post(`/v1/customers/${id}/enrolment`, body, teller)).body.code;
  const signIn = (username: string, password = CUSTOMER_PASSWORD) => bank.post('/v1/my/sign-in', { username, password });

  return {
    ...bank, notices, accounts, teller, verified, known, register, giveCode, signIn, staffSignIn: bank.signIn, customers: held.customers!,
    enrol: (code: string, username: string | undefined, password = CUSTOMER_PASSWORD) => bank.post('/v1/my/enrolment', { code, username, password }),
    /** A customer who has a name, a password, an app, and signed in with both. `code`: what the app shows now, another every 30 s. */
    async customer(username: string, body?: object) {
      const id = await register(body);
      await bank.post('/v1/my/enrolment', { code: await giveCode(id), username, password: CUSTOMER_PASSWORD });
      const begun = (await signIn(username)).body.accessToken;
      const app = (await bank.post('/v1/my/factors/totp', {}, begun)).body;
      const code = (): string => new TOTP({ secret: Secret.fromBase32(app.secret) }).generate({ timestamp: bank.clock.now.getTime() });
      await bank.post('/v1/my/factors/totp/confirm', { enrolment: app.enrolment, code: code() }, begun);
      bank.laterBy(30_000);
      await bank.revocations.read();
      const { challenge } = (await signIn(username)).body;
      const { body: session } = await bank.post('/v1/my/sign-in/second-factor', { challenge, proof: { kind: 'totp', code: code() } });
      /** Another access token of the session, with a fresh second factor. */
      const stepUp = async (): Promise<string> => {
        bank.laterBy(30_000);
        await bank.revocations.read();
        const { body: { challenge } } = await bank.post('/v1/my/step-up', undefined, session.accessToken);
        return (await bank.post('/v1/my/step-up/confirm', { challenge, proof: { kind: 'totp', code: code() } }, session.accessToken)).body.accessToken;
      };
      return { id, code, stepUp, session, token: session.accessToken as string };
    },
    /** What the log says of a customer's sign-in. */
    toldOf: async (id: string) => ((await bank.parts.records.history(customerSignInRecord, id, { direction: 'forwards', limit: 500 })) ?? []).map(({ event }) => event),
    context: () => ({ commandId: randomUUID(), repeatable: false, correlationId: randomUUID(), actor: { id: 'bootstrap', role: 'administrator', channel: 'system' }, at: bank.clock.now }),
  };
}
