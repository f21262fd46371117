import { test } from 'tap';
import { checkoutRoot } from '../checkout.js';
import { projectFiles } from './project-files.js';
import { checkTexts, TEXT_RULES } from './text-rules.js';

test('this checkout keeps the rules of names and texts', async (t) => {
  const files = projectFiles(checkoutRoot);
  t.ok(files.some(({ path }) => path === 'package.json'));
  t.same(checkTexts(files), []);
});

const found = (path: string, text: string): string[] => checkTexts([{ path, text }]).map((line) => line.replace(/^[^ ]+ /, ''));

test('each rule finds what it forbids, and not what resembles it', async (t) => {
  const [environment, only, sleep, machine, registry] = TEXT_RULES.map(({ name }) => name) as [string, string, string, string, string];
  t.equal(new Set([environment, only, sleep, machine, registry]).size, TEXT_RULES.length);

  for (const text of ['process.env.PORT', "process['env']", 'const { env } = process;', "import { env } from 'node:process';"]) t.same(found('services/a/b.ts', text), [environment], text);
  for (const path of ['shared/config/config.ts', 'infra/test-run.ts', 'shared/testing/parts.ts', 'services/a/b.test.ts', 'docs/guide.md']) t.same(found(path, 'process.env.PORT'), [], path);
  t.same(found('services/a/b.ts', 'process.exit(); environment.x'), []);

  for (const text of ["test.only('x')", "t.only('x')", "test('x', { only: true })"]) t.same(found('services/a/b.test.ts', text), [only], text);
  t.same(found('services/a/b.test.ts', 'the only one; readonly: true'), []);

  const sleeps = ["import { setTimeout } from 'node:timers/promises';", 'new Promise((resolve) => setTimeout(resolve, 50))', 'new Promise((f) => setTimeout(f, 50))', 'await sleep(10)', 'await delay(10)'];
  for (const text of sleeps) t.same(found('services/a/b.int.test.ts', text), [sleep], text);
  t.same(found('services/a/b.int.test.ts', 'await eventually(() => seen.length === 3); setTimeout(() => kill(), 5);'), []);
  t.same(found('shared/testing/eventually.ts', sleeps[0] ?? ''), []);

  for (const text of ['cd /work/main', 'see /root/.npmrc', '"/home/ann/x"', '/Users/Ann/x']) t.same(found('docs/guide.md', text), [machine], text);
  t.same(found('docs/guide.md', '~/.cache, /usr/bin, POST /v1/work/main, /networking'), []);

  for (const text of ['https://registry.npmjs.org/x', '"resolved": "https://mirror.example/x.tgz"', 'repo.maven.apache.org']) t.same(found('package-lock.json', text), [registry], text);
  t.same(found('infra/kafka/pom.xml', 'xmlns="http://maven.apache.org/POM/4.0.0"'), []);
});

test('names that say nothing are found in folders and files', async (t) => {
  for (const path of ['shared/utils/money.ts', 'services/common/x.ts', 'services/ledger/helpers.ts', 'shared/key-manager.ts', 'shared/helper.test.ts', 'infra/test-helpers.int.test.ts']) {
    t.match(checkTexts([{ path, text: '' }]), [/a name that says nothing/], path);
  }
  for (const path of ['shared/kernel/money.ts', 'docs/managers-guide.md', 'services/uncommon/x.ts']) t.same(checkTexts([{ path, text: '' }]), [], path);
});
