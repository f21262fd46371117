import fc from 'fast-check';
import t from 'tap';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { migrate } from '../../shared/read-store/migrate.js';
import { createPool, withTransaction } from '../../shared/read-store/pool.js';
import { freshDatabase, skipUnless } from '../../shared/testing/parts.js';
import { seed } from '../../shared/testing/seed.js';
import { atTheBeginning, Evaluator, type EvaluatorState, type Step } from './evaluator.js';
import { postgresSubjects } from './postgres-subjects.js';
import { subjectTables } from './subject-tables.js';
import { PROFILES } from './testing/people.js';
import { ExampleProgram } from './testing/example-program.js';
import { bookedAt, outputsOf, outputsUnderFire, startOfDay, type DurableStore } from './testing/runs.js';
import { story } from './testing/story.js';
import { accountId, personId } from './testing/told-bank.js';

t.test('customers that are kept in Postgres', skipUnless('postgres'), async (t) => {
  const pool = createPool(await freshDatabase(t, 'evaluation'), { applicationName: 'evaluation', max: 4 });
  t.teardown(() => pool.end());
  const vault = createMemoryVault();
  let schemas = 0;

  /** One of its own each time; killed together with what was not committed. */
  async function stored(): Promise<DurableStore & { readonly schema: string }> {
    const schema = `evaluation_${++schemas}`;
    await migrate(pool, schema, subjectTables);
    const subjects = postgresSubjects(pool, schema, vault);
    let state: EvaluatorState = atTheBeginning;
    return {
      ...subjects, schema,
      get state() { return state; },
      async commit(step: Step<unknown>) {
        await withTransaction(pool, (client) => subjects.save(client, step.takeChanges()));
        state = step.state;
      },
    };
  }

  await t.test(`give the same as those that stay in hand, killed at any moment, seed ${seed}`, async (t) => {
    let kills = 0;
    for (const [log, chances] of fc.sample(fc.tuple(story(80), fc.infiniteStream(fc.nat(99))), { seed, numRuns: 4 })) {
      const fire = await outputsUnderFire(log, await stored(), chances[Symbol.iterator]());
      t.strictSame(fire.outputs, await outputsOf(log));
      kills += fire.kills;
    }
    t.ok(kills > 4, `${kills} kills`);
  });

  await t.test('facts and accounts that were stored as JSON are the same in columns', async (t) => {
    const schema = `evaluation_${++schemas}`;
    await migrate(pool, schema, subjectTables.slice(0, 1));
    const customerId = personId(0);
    const account = accountId(0);
    await pool.query(`INSERT INTO ${schema}.subjects (id, memory) VALUES ($1, '{}')`, [customerId]);
    const yuan = (minor: string) => ({ minor, currency: 'CNY' });
    const facts = [
      ['m/0', 'movement', 2_000, {
        kind: 'deposit', side: 'in', amount: yuan('9007199254740993'), balanceAfter: yuan('-5'), channel: 'atm', cash: true, own: false, account, product: 'demand-savings', counterparty: null, accountOpenedAt: 1_000,
        previousMovementAt: null, limitUse: 0.25,
      }],
      ['h', 'hold', 3_000, { amount: yuan('1'), balance: yuan('2'), channel: 'pos', account, product: 'p' }],
      ['a/opened', 'account-opened', 1_000, { account, product: 'p', currency: 'EUR' }],
    ] as const;
    for (const [id, kind, at, fields] of facts) await pool.query(`INSERT INTO ${schema}.facts (id, customer_id, kind, at, fields) VALUES ($1, $2, $3, $4, $5)`, [id, customerId, kind, at, fields]);
    const held = { product: 'p', currency: 'CNY', openedAt: 1_000, status: 'frozen', balance: '-9007199254740993', overdraftLimit: '5', lastMovementAt: 2_000, holds: [personId(7), personId(8)] };
    const still = { ...held, status: 'open', balance: '0', overdraftLimit: null, lastMovementAt: null, holds: [] };
    for (const [id, one] of [[account, held], [accountId(1), still]] as const) await pool.query(`INSERT INTO ${schema}.accounts VALUES ($1, $2, $3)`, [id, customerId, one]);
    await migrate(pool, schema, subjectTables);
    const [subject] = await postgresSubjects(pool, schema, vault).load([customerId], -Infinity);
    t.strictSame(subject!.accounts, new Map([
      [account, { ...held, balance: -9_007_199_254_740_993n, overdraftLimit: 5n }], [accountId(1), { ...still, balance: 0n }],
    ]));
    const money = (minor: bigint) => ({ minor, currency: 'CNY' });
    t.strictSame([...subject!.facts.values()].flatMap((facts) => [...facts]), [
      { id: 'a/opened', customerId, kind: 'account-opened', at: 1_000, fields: facts[2][3] },
      { id: 'm/0', customerId, kind: 'movement', at: 2_000, fields: { ...facts[0][3], amount: money(9_007_199_254_740_993n), balanceAfter: money(-5n) } },
      { id: 'h', customerId, kind: 'hold', at: 3_000, fields: { ...facts[1][3], amount: money(1n), balance: money(2n) } },
    ]);
  });

  await t.test('stand there without anything that tells who they are, and are nobody once their key is gone', async (t) => {
    const [log] = fc.sample(story(40), { seed: 1, numRuns: 1 });
    const store = await stored();
    const evaluator = await Evaluator.start({ bookedAt, startOfDay, program: new ExampleProgram(), store, state: atTheBeginning, commit: async (step) => store.commit(step) });
    await evaluator.take(log!);
    const { rows } = await pool.query<{ text: string }>(`SELECT s::text AS text FROM ${store.schema}.subjects s UNION ALL SELECT f::text FROM ${store.schema}.facts f UNION ALL SELECT a::text FROM ${store.schema}.accounts a`);
    const text = rows.map((row) => row.text).join('\n');
    t.match(text, personId(0), 'control: it is the customer\'s row');
    for (const shown of ['1960', 'Customer', 'teacher', '310100', 'aggressive', 'travel']) t.notMatch(text, shown);
    const [before] = await store.load([personId(4)], -Infinity);
    t.match(before, { person: { kind: 'individual', profile: { occupation: PROFILES[4]!.kind === 'individual' ? PROFILES[4]!.occupation : '' } } });
    await vault.erase(personId(4));
    t.match(await store.load([personId(4)], -Infinity), [{ id: personId(4), person: null }]);
  });
});
