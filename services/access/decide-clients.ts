import { isDeepStrictEqual } from 'node:util';
import type { AdministrationEvent } from '../../shared/events/access/events.js';
import { accept, nothing, reject } from '../../shared/kernel/decision.js';
import { BOUNDS, LONGEST } from './bounds.js';
import type { By, ClientCommand, ClientText } from './commands.js';
import { refusedBranch } from './decide-branches.js';
import type { AccessDecision } from './decisions.js';
import { isOneself } from './decide-staff.js';
import { permitFaults, viewFaults } from './permits.js';
import { isBeyond, isKeyBeyond } from './raised-rights.js';
import type { AccessState, Client } from './state.js';

export function decideClient(state: AccessState, command: ClientCommand, by: By): AccessDecision {
  const invalid = 'permits' in command || 'views' in command ? (permitFaults(command.permits ?? []) ?? viewFaults(command.views ?? {})) : undefined;
  if (invalid) return invalid;
  const { clientId } = command;
  if (command.kind === 'register-client') {
    const { name, permits, branch, views, within } = command;
    if (by.approver === undefined && isBeyond(state, clientId, { permits, branch, views }, within)) return reject('client_beyond_own');
    if (state.clients.has(clientId) || [...state.clients.values()].some((client) => client.name === name)) return reject('client_exists');
    const refused = refusedBranch(state, branch);
    if (refused) return refused;
    return state.clients.size >= BOUNDS.clients ? reject('too_many') : accept<AdministrationEvent>({ type: 'ClientRegistered', data: { clientId, name, ...stored({ permits, branch, views }) } });
  }
  const client = state.clients.get(clientId);
  if (!client) return reject('client_not_found');
  if (command.kind === 'retire-client-key' && client.status === 'active' && !client.keys.includes(command.keyId)) return reject('key_not_found');
  if (!command.precondition(client.revision)) return reject('if_match_stale', `the client's record is at revision ${client.revision}`);
  if ((command.kind === 'change-client' || command.kind === 'allow-client-key' || command.kind === 'add-client-key') && isOneself(by, clientId)) return reject('own_rights');
  if (command.kind === 'change-client' && by.approver === undefined && isBeyond(state, clientId, afterChange(client, command), command.within)) return reject('client_beyond_own');
  // Asked twice: a key is shown at once, so what waits for the other is the leave to ask for it.
  if (command.kind === 'allow-client-key' && by.approver === undefined && isKeyBeyond(state, clientId, command.within)) return reject('client_beyond_own');
  if (command.kind === 'add-client-key' && isKeyBeyond(state, clientId, command.within) && !isAllowed(client, by)) return reject('client_beyond_own', 'ask for leave first: POST /v1/clients/:id/key-allowance');
  if (client.status === 'revoked') return command.kind === 'revoke-client' ? nothing : reject('client_revoked');
  switch (command.kind) {
    case 'change-client':
      return decideChange(state, clientId, client, command);
    case 'allow-client-key':
      if (!isKeyBeyond(state, clientId, command.within)) return nothing;
      return accept<AdministrationEvent>({ type: 'ClientKeyAllowed', data: { clientId, to: by.actor.id, until: new Date(by.at.getTime() + LONGEST.keyAllowedMs).toISOString() } });
    case 'add-client-key':
      if (client.keys.includes(command.keyId)) return nothing;
      return client.keys.length >= BOUNDS.keysOfOne ? reject('too_many', 'retire a key first') : accept<AdministrationEvent>({ type: 'ClientKeyAdded', data: { clientId, keyId: command.keyId } });
    case 'retire-client-key':
      return accept<AdministrationEvent>({ type: 'ClientKeyRetired', data: { clientId, keyId: command.keyId } });
    case 'revoke-client':
      return accept<AdministrationEvent>({ type: 'ClientRevoked', data: { clientId } });
  }
}

function decideChange(state: AccessState, clientId: string, client: Client, change: Partial<ClientText>): AccessDecision {
  const after = stored(afterChange(client, change));
  if (isDeepStrictEqual(after, stored(client))) return nothing;
  return (after.branch === client.branch ? undefined : refusedBranch(state, after.branch)) ?? accept<AdministrationEvent>({ type: 'ClientChanged', data: { clientId, ...after } });
}

const isAllowed = ({ keyAllowed }: Client, { actor, at }: By): boolean => keyAllowed !== undefined && keyAllowed.to === actor.id && at.toISOString() < keyAllowed.until;

const stored = ({ permits, branch, views }: ClientText) => ({ permits: [...permits], branch, views });

const afterChange = (client: ClientText, change: Partial<ClientText>): ClientText =>
  ({ permits: change.permits ?? client.permits, branch: change.branch ?? client.branch, views: change.views ?? client.views });
