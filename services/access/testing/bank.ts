import { pino } from 'pino';
import { allRights } from '../../../shared/access/rights.js';
import { memoryEventStore } from '../../../shared/event-store/memory.js';
import { bootstrapPrincipal } from '../../../shared/http/authentication.js';
import { Refusal } from '../../../shared/http/context.js';
import { buildServer } from '../../../shared/http/server.js';
import { noAccessLog } from '../../../shared/http/testing/no-access-log.js';
import { createDirectory } from '../directory.js';
import { accessModule } from '../routes.js';
import { issueMachineKey, looksLikeMachineKey, machineClients } from '../sign-in/machine-keys.js';
import { memoryCredentials } from '../sign-in/testing/memory-credentials.js';
import { accessProcess, context } from './access-log.js';
import { found } from './staffed-state.js';

/** The access module behind the real HTTP server over a log in memory. Whoever sends is named by the token: a staff id, with the rights of the model. */
export async function accessBank() {
  const store = memoryEventStore();
  const process = await accessProcess(store);
  const clock = { now: new Date('2026-03-02T08:00:00.000Z') };
  const credentials = memoryCredentials();
  const ended: string[] = [];
  const clientOf = machineClients(credentials, createDirectory(process.model));
  const server = await buildServer({
    modules: [accessModule({ ...process, store, issueMachineKey: (clientId, at) => issueMachineKey(credentials, clientId, at), timeZone: 'Asia/Shanghai',
      openIdSubjects: { issuer: 'https://login.bank.example', digestOf: (subject) => subject.padEnd(43, '-'), endSessions: async (staffId) => void ended.push(staffId) },
    })],
    async authenticate({ headers }) {
      const id = headers.authorization!.slice('Bearer '.length);
      if (looksLikeMachineKey(id)) {
        const client = await clientOf(id, clock.now);
        if (!client) throw new Refusal({ code: 'unauthenticated' });
        return { ...client, channel: 'system' };
      }
      if (id === 'bootstrap') return { ...bootstrapPrincipal, rights: allRights(id) };
      const rights = await process.model.rightsOf(id, clock.now);
      if (!rights) throw new Refusal({ code: 'unauthenticated' });
      return { id, role: 'staff', channel: 'online', rights };
    },
    logger: pino({ level: 'silent' }), now: () => clock.now, commandSecret: Buffer.alloc(32, 1), readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
  });
  await process.run(found, 'head-office', context('bootstrap', clock.now));
  const send = (who: string) => async (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, body?: object, headers: Record<string, string> = {}) => {
    const response = await server.inject({ method, url, headers: { authorization: `Bearer ${who}`, ...headers }, ...(body && { payload: body }) });
    return { status: response.statusCode, headers: response.headers, body: response.json() };
  };
  const root = send('bootstrap');
  return {
    store, process, clock, server, send, ended,
    laterBy: (ms: number) => void (clock.now = new Date(clock.now.getTime() + ms)),
    /** Somebody new with a role at a branch; the id. */
    async staff(username: string, role: string, branch: string): Promise<string> {
      const hired = await root('POST', '/v1/staff', { username, branch, person: { name: `Person ${username}` } });
      await root('POST', `/v1/staff/${hired.body.id}/assignments`, { role, branch }, { 'if-match': '*' });
      return hired.body.id as string;
    },
  };
}
