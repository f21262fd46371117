import type { FastifyRequest } from 'fastify';
import { pino } from 'pino';
import { z } from 'zod';
import { approvalDifferences } from '../../../infra/roles/approval-differences.js';
import type { ApprovalRule } from '../../../shared/access/approval-rules.js';
import { everythingClear, viewsFrom, type DataClass, type View } from '../../../shared/access/data-classes.js';
import type { Permission } from '../../../shared/access/permissions.js';
import { allRights, type Permit } from '../../../shared/access/rights.js';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import { createCodec } from '../../../shared/events/codec.js';
import { moneySchema } from '../../../shared/events/values.js';
import { commandResultSchema } from '../../../shared/http/answers.js';
import type { Access } from '../../../shared/http/access-record.js';
import { ApprovedRuns } from '../../../shared/http/approved-runs.js';
import { bootstrapPrincipal } from '../../../shared/http/authentication.js';
import { commandContext } from '../../../shared/http/command-context.js';
import { Refusal, type CommandContext, type Principal } from '../../../shared/http/context.js';
import { aboutParam, amountsIn } from '../../../shared/http/route-access.js';
import { buildServer } from '../../../shared/http/server.js';
import { createRecords } from '../../../shared/records/record.js';
import { createInterruptedStore } from '../../../shared/records/testing/interrupted-store.js';
import { customersModule } from '../../customers/routes.js';
import { customerRecord } from '../../customers/state.js';
import { createApprovals, type Approvals } from '../approvals.js';
import { startApprovalsClock } from '../approvals-clock.js';
import { createApprovalGate } from '../gate.js';
import { approvalsModule } from '../routes.js';
import { approvalRecord } from '../state.js';

export const HOUR = 3_600_000;
const at = (...branches: string[]): Permit => ({ scope: 'branch', branches: new Set(branches) });
const upTo = (permit: Permit, minor: bigint): Permit => ({ ...permit, limits: new Map([['CNY', minor]]) });
const MONEY = 'money.pay-out';

function staff(id: string, role: string, permits: readonly (readonly [Permission, Permit])[], views: Partial<Record<DataClass, View>> = everythingClear): Principal {
  const held = new Map<Permission, Permit[]>();
  for (const [permission, permit] of permits) held.set(permission, [...(held.get(permission) ?? []), permit]);
  return { id, role, branch: 'B1', channel: 'counter', rights: { holder: id, permits: new Map([...held, ['self.use', [{ scope: 'all' }]]]), views: viewsFrom(views) } };
}

const changes = (permit: Permit) => [['customers.update', permit], ['customers.register', permit], ['customers.read', permit], ['approvals.read', permit]] as const;

const of = (permit: Permit, ...commands: Permission[]): Permit => ({ ...permit, commands: new Set(commands) });

/** A customer who signed in: own data alone, and nothing of what others requested about them. */
export const asCustomer = (id: string): Principal => ({
  id, role: 'customer', channel: 'online', rights: { holder: id, permits: new Map((['customers.read', 'customers.update', 'approvals.read', 'self.use'] as const).map((permission) => [permission, [{ scope: 'own' }]])), views: everythingClear },
});

/** Two stand on the same side as others: `wang` acts for the teller zhang, and zhang once acted for the manager li. */
export const people = {
  zhang: staff('zhang', 'teller', [...changes(at('B1')), [MONEY, at('B1')]]),
  li: staff('li', 'branch-manager', [...changes(at('B1')), ['approvals.decide', at('B1')], [MONEY, at('B1')]]),
  zhao: staff('zhao', 'branch-manager', [...changes(at('B1')), ['approvals.decide', at('B1')], [MONEY, at('B1')]]),
  elsewhere: staff('elsewhere', 'branch-manager', [...changes(at('B2')), ['approvals.decide', at('B2')], [MONEY, at('B2')]]),
  limited: staff('limited', 'branch-manager', [...changes(at('B1')), ['approvals.decide', at('B1')], [MONEY, upTo(at('B1'), 100_000n)]]),
  reader: staff('reader', 'approver', [['approvals.read', { scope: 'all' }], ['approvals.decide', { scope: 'all' }], ['customers.read', { scope: 'all' }]], { name: 'masked' }),
  checker: staff('checker', 'approver', [
    ['customers.read', at('B1')], ['approvals.read', at('B1')], ['approvals.decide', of(upTo(at('B1'), 100_000n), MONEY)], ['approvals.decide', of(at('B1'), 'customers.update')],
  ], { name: 'clear', contact: 'masked', 'identity-number': 'masked' }),
  cashChecker: staff('cash-checker', 'approver', [['approvals.read', of(at('B1'), MONEY)], ['approvals.decide', of(at('B1'), MONEY)]]),
  cashOfAll: staff('cash-of-all', 'administrator', [['approvals.read', of({ scope: 'all' }, MONEY)]]),
  powerless: staff('powerless', 'teller', [...changes(at('B1'))]),
  reaching: staff('reaching', 'approver', [['approvals.read', { scope: 'all' }], ['approvals.decide', { scope: 'all' }], ['customers.update', at('B2')], [MONEY, at('B2')]]),
  wang: { ...staff('wang', 'branch-manager', [...changes(at('B1')), ['approvals.decide', at('B1')]]), actingAs: 'zhang' },
  zhangAsLi: { ...staff('zhang', 'teller', [...changes(at('B1')), ['approvals.decide', at('B1')]]), actingAs: 'li' },
  bootstrap: { ...bootstrapPrincipal, rights: allRights('bootstrap') },
} satisfies Record<string, Principal>;
export type Person = keyof typeof people;

/** The approvals module in front of the customers module and a till, behind the real server, over a log in memory. The clock stands unless it is moved. */
export async function approvalsBank({ rules, bootstrapIsExempt = false }: { rules: readonly ApprovalRule[]; bootstrapIsExempt?: boolean }) {
  const log = createInterruptedStore();
  const vault = createMemoryVault();
  const codec = createCodec(vault);
  const clock = { now: new Date('2025-03-01T08:00:00.000Z') };
  const logger = pino({ level: 'silent' });
  const records = createRecords({ store: log, codec });
  /** What the till did, by command: a repeat does nothing. */
  const paid = new Map<string, CommandContext>();
  const till = { runs: 0, refuses: undefined as Refusal | undefined, delay: async (): Promise<void> => {} };
  /** `others`: whoever is not among the people above, and those of them whose rights are others now. */
  const present = { gone: new Set<string>(), rules, others: new Map<string, Principal>() };

  const accesses: Access[] = [];
  async function start() {
    const runs = new ApprovedRuns();
    const approvals: Approvals = createApprovals({
      store: log, codec, runs, logger, now: () => clock.now,
      principalOf: async ({ id, actingAs }) => (present.gone.has(id) ? undefined : present.others.get(id) ?? Object.values(people).find((one: Principal) => one.id === id && one.actingAs === actingAs)),
    });
    const server = await buildServer({
      modules: [
        approvalsModule({ approvals, runs, differences: approvalDifferences(records) }),
        customersModule({
          store: log, codec, secret: await vault.secret('search'), timeZone: 'Asia/Shanghai', now: () => clock.now,
          findProbableDuplicates: async () => [], onDuplicateSearchSkipped: () => {}, missingDocuments: async () => [], currentView: async () => undefined,
        }),
        {
          name: 'till', description: '', rejections: [{ code: 'till_empty', status: 422, title: 'Empty' }],
          routes: (scope) => void scope.post('/v1/tills/:id/payments', {
            config: { idempotency: 'required', access: { permission: MONEY, about: aboutParam('customer'), amounts: ({ body }: FastifyRequest) => amountsIn(body) } },
            schema: { params: z.strictObject({ id: z.uuid() }), body: z.strictObject({ money: moneySchema, memo: z.string().optional() }), response: { 201: commandResultSchema } },
          }, async (request, reply) => {
            const context = commandContext(request);
            till.runs++;
            await till.delay();
            if (!paid.has(context.commandId) && till.refuses) throw till.refuses;
            paid.set(context.commandId, paid.get(context.commandId) ?? context);
            return reply.code(201).send({ id: request.params.id, revision: 0, position: '7' });
          }),
        },
      ],
      authenticate: ({ headers }) => present.others.get(headers.authorization!) ?? people[headers.authorization as Person] ?? refuse(),
      logger, now: () => clock.now, commandSecret: Buffer.alloc(32, 1), readWait: async () => true, accessLog: { record: async (access) => void accesses.push(access), refused: () => {} }, checks: {},
      findTarget: async ({ kind, id }) => {
        if (kind === 'branch') return { branch: id, customers: [] };
        const state = (await records.load(customerRecord, id))?.state;
        return state === undefined || state.status === 'absent' ? undefined : { branch: state.branch ?? undefined, manager: state.manager ?? undefined, customers: [id] };
      },
      approvals: createApprovalGate({ runs, approvals, approvalRules: async () => present.rules, bootstrapIsExempt: async () => bootstrapIsExempt }),
    });
    return { approvals, server, runs };
  }

  let running = await start();
  const send = async (who: Person | 'nobody' | (string & {}), method: 'GET' | 'POST' | 'PATCH', url: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await running.server.inject({
      method, url, headers: { authorization: who, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers }, ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
  };

  /** Found in the log itself, as the read model will have it. */
  async function outstanding() {
    const ids = [...new Set(log.all.filter(({ stream }) => stream.startsWith('approval-')).map(({ stream }) => stream.slice('approval-'.length)))];
    const states = await Promise.all(ids.map(async (id) => (await records.load(approvalRecord, id))!.state));
    const those = (fits: (state: (typeof states)[number]) => boolean): string[] => ids.filter((_, index) => fits(states[index]!));
    return {
      overdue: those((state) => state.status === 'pending' && new Date(state.expiresAt) <= clock.now),
      approved: those(({ status }) => status === 'approved'),
    };
  }

  return {
    log, vault, clock, till, accesses, paid, present, records, send, outstanding,
    get approvals() { return running.approvals; },
    get server() { return running.server; },
    get runs() { return running.runs; },
    laterBy: (ms: number) => void (clock.now = new Date(clock.now.getTime() + ms)),
    /** As after a crash: what was in memory is gone. */
    async restart() {
      await running.server.close();
      running = await start();
    },
    async tick() {
      const ticking = startApprovalsClock({ approvals: running.approvals, outstanding, everyMs: HOUR, logger });
      await ticking.tick();
      await ticking.stop();
    },
    /** As the stream has it: the same append sent twice stands in it once. */
    history: async (id: string) => (await records.history(approvalRecord, id, { direction: 'forwards', limit: 100 }))!.map(({ event }) => event.type),
    close: () => running.server.close(),
  };
}

function refuse(): never {
  throw new Refusal({ code: 'unauthenticated' });
}
