import t from 'tap';
import { historyItem } from '../history.js';
import { AT, contextOf, erasingBank, NAMES } from '../testing/erasing-bank.js';

const WHOLE = ['CustomerRegistered', 'CustomerErasureRequested', 'CustomerErasureConfirmed', 'CustomerErasureBarred', 'CustomerErasureBackedUp', 'CustomerErased'];
const STEPS = [
  'CustomerErasureConfirmed', 'bar main', 'bar old', 'CustomerErasureBarred', 'backup', 'CustomerErasureBackedUp', 'remove',
  'erase main', 'documents main', 'erase old', 'documents old', 'CustomerErased old', 'CustomerErased',
];

for (const place of STEPS.flatMap((step) => [`before ${step}`, `after ${step}`]))
  t.test(`killed ${place}, it is carried through by whoever comes next`, async (t) => {
    const { ids, request, confirm, advance, kill, types, files, opened, barred, documents, history, vault } = await erasingBank();
    await request();
    kill.at = place;
    await t.rejects(confirm(), { name: 'Killed' });
    kill.at = undefined;
    if (place === 'before CustomerErasureConfirmed') await confirm();
    else await advance();
    t.same(await types(), WHOLE, 'every step once');
    t.same(await types(ids.old), ['CustomerRegistered', 'CustomerErased'], 'the other id too');
    t.same([...barred].sort(), [ids.main, ids.old].sort());
    t.equal(documents.size, 0);
    t.equal(files.size, 1, 'one backup, whenever it was cut short');
    const lines = await opened();
    t.same(lines.filter(({ part }) => part === 'documents'), [
      { part: 'documents', customerId: ids.main, content: { scan: 'scan of main' } }, { part: 'documents', customerId: ids.old, content: { scan: 'scan of old' } },
    ]);
    for (const name of Object.values(NAMES)) {
      t.match(JSON.stringify(lines), name, 'the backup has the record under each id');
      t.notMatch([...files.values()].flat().join(''), name);
    }
    for (const id of Object.values(ids)) await t.rejects(vault.keysOf([id]), { name: 'SubjectErased' });
    const told = JSON.stringify((await history()).map(historyItem));
    t.notMatch(told, /Zephyrine|letter/);
    t.match(told, /zhang/);
    await advance();
    t.same(await types(), WHOLE, 'and nothing more when asked again');
  });

t.test('nothing is destroyed before the backup is there', async (t) => {
  const { request, confirm, done } = await erasingBank();
  await request();
  done.length = 0;
  await confirm();
  t.same(done, STEPS);
});

t.test('an account opened at the last moment ends it before anything is destroyed, and no bar stays', async (t) => {
  const { ids, request, confirm, ledger, types, files, barred, vault } = await erasingBank();
  await request();
  ledger.open = true;
  t.match(await confirm().catch((error: unknown) => error), { rejection: { code: 'customer_has_open_accounts' } });
  t.same(await types(), [...WHOLE.slice(0, 3), 'CustomerErasureWithdrawn']);
  t.equal(files.size, 0);
  t.equal(barred.size, 0);
  t.equal((await vault.keysOf(Object.values(ids))).size, 2);
});

t.test('while the law has it kept the answer is a restriction, of which the end is told', async (t) => {
  const { request, confirm, types, stateOf } = await erasingBank({ years: 5, accounts: { open: false, lastClosedAt: '2026-01-31T10:00:00.000Z' } });
  await request();
  await request();
  t.same(await types(), ['CustomerRegistered', 'CustomerRestricted']);
  t.match(await stateOf(), { status: 'active', restriction: { until: '2031-01-31' }, erasure: null });
  t.match(await confirm().catch((error: unknown) => error), { rejection: { code: 'erasure_not_requested' } });
});

t.test('the backup opens with both shares, whole and in its order, and with nothing else', async (t) => {
  const { request, confirm, opened, escrow, files } = await erasingBank();
  await request();
  await confirm();
  const [one, two] = escrow.shares;
  await t.rejects(opened([one]), { message: 'both shares are needed, each once' });
  await t.rejects(opened([one, one]), { message: 'both shares are needed, each once' });
  t.equal((await opened([two, one])).at(-1)!.part, 'documents');
  const [name, lines] = [...files][0]!;
  const faults: [string, string[], string][] = [
    ['cut off', lines.slice(0, -1), 'it is cut off: its last line is missing'],
    ['a line left out', lines.toSpliced(1, 1), 'a line was changed, moved, or is of another backup'],
    ['two lines changed places', [lines[1]!, lines[0]!, ...lines.slice(2)], 'a line was changed, moved, or is of another backup'],
    ['a line of another bank\'s', [lines[0]!.replace(/"keyId":"...../, '"keyId":"AAAAA'), ...lines.slice(1)], 'the backup\'s own key has been destroyed, or is another bank\'s'],
  ];
  for (const [what, damaged, message] of faults) {
    files.set(name, damaged);
    await t.rejects(opened(), { name: 'EscrowFault', message }, what);
  }
  files.set(name, lines);
  t.equal((await opened()).length, lines.length - 1, 'control');
});

t.test('once its time is over the backup is destroyed, in every copy', async (t) => {
  const { erasures, request, confirm, customerId, files, opened, types, kill } = await erasingBank({ backupYears: 3 });
  await request();
  await confirm();
  const copy = new Map(files);
  const lastDay = contextOf('passbook', new Date('2029-03-02T23:59:59.000Z'));
  await erasures.destroyBackup(customerId, lastDay);
  t.equal(files.size, 1, 'not on its last day');
  t.equal((await opened()).length, 7);
  const dayAfter = contextOf('passbook', new Date('2029-03-03T00:00:00.000Z'));
  for (const place of ['before erase backup key', 'after erase backup key', 'before remove', 'after remove', 'before CustomerBackupDestroyed']) {
    kill.at = place;
    await t.rejects(erasures.destroyBackup(customerId, dayAfter), { name: 'Killed' });
  }
  kill.at = undefined;
  await erasures.destroyBackup(customerId, dayAfter);
  await erasures.destroyBackup(customerId, dayAfter);
  t.same(await types(), [...WHOLE, 'CustomerBackupDestroyed'], 'once, however often it was cut short');
  t.equal(files.size, 0);
  for (const [name, lines] of copy) files.set(name, lines);
  await t.rejects(opened(), { name: 'EscrowFault', message: 'the backup\'s own key has been destroyed, or is another bank\'s' }, 'both custodians and a copy of the file open nothing');
  t.match(await erasures.requestOpening({ customerId, openingId: customerId, caseNumber: '1', purpose: 'court-order' }, contextOf('li', AT)).catch((error: unknown) => error), { rejection: { code: 'backup_not_there' } });
});
