import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { systemContext } from '../../shared/http/system-context.js';
import { createAdministration, type Administration } from '../../services/access/administration.js';
import { startAccessModel, type AccessModel } from '../../services/access/access-model.js';
import { isDemonstration, withDemonstration } from '../../services/access/demonstration-staff.js';
import { createDirectory } from '../../services/access/directory.js';
import { hasAdministrator } from '../../services/access/held-rights.js';
import { accessModule } from '../../services/access/routes.js';
import type { NewAdministrator } from '../../services/access/sign-in/first-administrator.js';
import { outboxFolder } from '../../services/access/sign-in/message-codes.js';
import { createOpenIdProvider } from '../../services/access/sign-in/openid-provider.js';
import { openSignIn, type SignIn } from '../../services/access/sign-in/open-sign-in.js';
import type { ContactChangeParts } from '../../services/self-service/contact-change.js';
import { ownContactsModule } from '../../services/self-service/own-contacts.js';
import { customerDirectory } from '../../services/self-service/directory.js';
import { customerNames } from '../../services/self-service/names.js';
import type { OnlineEnrolmentParts } from '../../services/self-service/online-enrolment.js';
import { toPhoneOnRecord } from '../../services/self-service/phone-on-record.js';
import { selfServiceModule } from '../../services/self-service/routes.js';
import type { AccessState } from '../../services/access/state.js';
import { customerRights, limitsFrom } from '../../shared/access/customer-role.js';
import { defaultApprovalRules } from '../../shared/access/default-approval-rules.js';
import { defaultRoles } from '../../shared/access/default-roles.js';
import { HEAD_OFFICE } from '../../shared/access/rights.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { Codec } from '../../shared/events/codec.js';
import type { EventStore } from '../../shared/event-store/port.js';
import { bearerAuthentication, bootstrapPrincipal } from '../../shared/http/authentication.js';
import type { CommandContext } from '../../shared/http/context.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import { createdIdOf } from '../../shared/kernel/ids.js';
import type { Pool } from '../../shared/read-store/pool.js';
import type { Records } from '../../shared/records/record.js';
import { withdrawFirstAdministrator } from './first-administrator.js';
import type { Parts } from './parts.js';

export interface Access {
  readonly modules: readonly RouteModule[];
  readonly signIn: SignIn;
  readonly model: AccessModel;
  readonly administration: Administration;
  /** Whether somebody administers the bank: until then it is being founded. */
  readonly isAdministered: () => Promise<boolean>;
}

/** Who there is and how they sign in. The first process of a new bank founds its head office and the roles it begins with. */
export async function openAccess(parts: Parts, { eventStore, vault, codec, records, opsPool, findCustomers, identityVerified, ownContacts }: {
  readonly eventStore: EventStore; readonly vault: Vault; readonly codec: Codec; readonly records: Records; readonly opsPool: Pool;
  readonly findCustomers: OnlineEnrolmentParts['findCustomers']; readonly identityVerified: OnlineEnrolmentParts['identityVerified'];
  readonly ownContacts: Pick<ContactChangeParts, 'ownChanges' | 'updateCustomer'>;
}): Promise<Access> {
  const { config, logger, metrics } = parts;
  const now = (): Date => new Date();
  const model = parts.keep(await startAccessModel({ store: eventStore, codec, logger, metrics }), (one) => one.stop());
  const administration = createAdministration({ records, model, demonstrates: config.demonstration === 'yes' });
  await administration.execute({ kind: 'found', headOffice: { title: 'Head office' }, roles: defaultRoles, approvalRules: defaultApprovalRules }, HEAD_OFFICE, systemContext('passbook', now()));

  const outbox = outboxFolder(path.join(config.dataDir, 'outbox'));
  const names = customerNames({ records, secret: await vault.secret('sign-in') });
  const rightsOfCustomer = customerRights({ ownTransfers: limitsFrom(config.ownTransferLimits) });
  const customers = customerDirectory({ records, names, rightsOf: rightsOfCustomer });
  const signIn = await openSignIn({
    opsPool, vaultPool: await parts.pool('vault', { applicationName: 'passbook-sign-in', max: 4 }), vault, records, logger, metrics, now,
    directory: withDemonstration(createDirectory(model), config.demonstration === 'yes'),
    sendCode: outbox.sendCode,
    customers: {
      directory: customers,
      sendCode: toPhoneOnRecord(records, outbox.sendCode), stepUpLastsMs: config.stepUpMinutes * 60_000,
    },
    party: { id: new URL(config.publicUrl).hostname, origins: [new URL(config.publicUrl).origin], name: 'Passbook' },
    issuer: config.publicUrl,
    secondFactor: config.secondFactor,
    ...(await openIdProvider(parts)),
    ...(config.bootstrapToken !== undefined && { fixed: bearerAuthentication([{ token: config.bootstrapToken, principal: bootstrapPrincipal }]) }),
    hasAdministrator: async () => isAdministered(await model.current(), now()),
    async createAdministrator(administrator, context) {
      await createAdministrator({ model, administration }, administrator, context);
      await withdrawFirstAdministrator(config.dataDir);
    },
  });
  parts.keep(signIn, (one) => one.stop());
  const selfService = selfServiceModule({ signIn: signIn.customers!, names, findCustomers, identityVerified });
  return {
    modules: [selfService, ownContactsModule({ signIn: signIn.customers!, sendNotice: outbox.sendNotice, ...ownContacts }), accessModule({ model, administration, issueMachineKey: signIn.issueMachineKey, ...(signIn.openIdSubjects && { openIdSubjects: signIn.openIdSubjects }), store: eventStore, codec, timeZone: config.timeZone }), signIn.module],
    signIn, model, administration,
    isAdministered: async () => isAdministered(await model.current(), now()),
  };
}

/** That the provider answers is not asked for here: the bank starts without it. */
async function openIdProvider({ config, logger }: Pick<Parts, 'config' | 'logger'>) {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecretFile, oidcSecondFactor: secondFactor = { acr: [], amr: [] } } = config;
  if (issuer === undefined || clientId === undefined || oidcClientSecretFile === undefined) return {};
  const clientSecret = (await readFile(oidcClientSecretFile, 'utf8')).trim();
  if (clientSecret === '') throw new Error('the file of PASSBOOK_OIDC_CLIENT_SECRET_FILE is empty');
  const redirectUrl = config.oidcRedirectUrl ?? new URL('/sign-in/openid-connect', config.publicUrl).href;
  return { openIdProvider: createOpenIdProvider({ issuer, clientId, clientSecret, redirectUrl, secondFactor, logger }) };
}

/** The demonstration's administrator, whose password is printed, does not count. */
const isAdministered = (state: AccessState, at: Date): boolean => hasAdministrator(state, at, (staff) => !isDemonstration(staff));

/** Each step has an id of its own, derived from the whole's: tried again, what is done already is found done. */
async function createAdministrator(
  { model, administration }: Pick<Access, 'model' | 'administration'>, { staffId, username, name }: NewAdministrator, context: CommandContext,
): Promise<void> {
  // The bank gives the first rights: nobody could give them to themselves.
  const step = (title: string): CommandContext => ({ ...systemContext('passbook', context.at), commandId: createdIdOf(context.commandId, title), correlationId: context.correlationId });
  if (!(await model.current()).staff.has(staffId))
    await administration.execute({ kind: 'hire', staffId, username, branch: HEAD_OFFICE, person: { name } }, staffId, step('hire'));
  if (isAdministered(await model.current(), context.at)) return;
  await administration.execute(
    { kind: 'assign', staffId, assignmentId: createdIdOf(context.commandId, 'assignment'), role: 'administrator', branch: HEAD_OFFICE, precondition: () => true }, staffId, step('assign'),
  );
}
