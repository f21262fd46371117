import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'tap';
import { checkoutRoot } from '../checkout.js';

/** One example of what each rule that matters most must find; most of them need types. */
const EXAMPLES: Readonly<Record<string, string>> = {
  'no-floating-promises': 'export const f = (): void => { Promise.resolve(); };',
  'no-misused-promises': 'export const f = (): boolean => { if (Promise.resolve(true)) return true; return false; };',
  'await-thenable': 'export const f = async (): Promise<number> => await 1;',
  'switch-exhaustiveness-check': "export const f = (s: 'open' | 'closed'): string => { switch (s) { case 'open': return 'o'; } return ''; };",
  'no-explicit-any': 'export const f = (x: any): number => Number(x);',
  'only-throw-error': "export const f = (): never => { throw 'text'; };",
  'no-console': "console.log('x'); export {};",
  'eqeqeq': 'export const f = (a: number, b: number): boolean => a == b;',
};

const FLOATING_ASSERTION = "import { test } from 'tap'; test('top level', async (t) => { t.rejects(Promise.reject(new Error('x'))); });";

test('lint finds what it is there for, with types', async (t) => {
  // Not below this checkout: git ignores where tap keeps its own folders, and so does the linter.
  const dir = mkdtempSync(path.join(tmpdir(), 'passbook-lint-'));
  t.teardown(() => { rmSync(dir, { recursive: true, force: true }); });
  const files = {
    ...Object.fromEntries(Object.entries(EXAMPLES).map(([rule, text]) => [`${rule}.ts`, text])),
    'floating.test.ts': FLOATING_ASSERTION,
    'clean.test.ts': "import t, { test } from 'tap'; t.test('a', async (t) => { t.ok(true); }); test('b', async (t) => { await t.resolves(Promise.resolve()); });",
    'tsconfig.json': '{"compilerOptions":{"strict":true,"module":"NodeNext","target":"ES2022","types":["node"],"skipLibCheck":true}}',
    'package.json': '{"type":"module"}',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(dir, name), `${text}\n`);
  symlinkSync(path.join(checkoutRoot, 'node_modules'), path.join(dir, 'node_modules'));
  copyFileSync(path.join(checkoutRoot, '.oxlintrc.json'), path.join(dir, '.oxlintrc.json'));
  const oxlint = path.join(checkoutRoot, 'node_modules', 'oxlint', 'bin', 'oxlint');
  // Without what tap hands down to every Node process: it would load itself into the linter.
  const { stdout, stderr, status } = spawnSync('env', ['-u', 'NODE_OPTIONS', process.execPath, oxlint, '--type-aware', '--format=unix', '.'], { cwd: dir, encoding: 'utf8' });
  t.equal(status, 1);
  t.equal(stderr, '');
  for (const rule of Object.keys(EXAMPLES)) t.match(stdout, new RegExp(`${rule}\\.ts:.*\\(${rule}\\)`), rule);
  t.match(stdout, /floating\.test\.ts:1:\d+: .*\(no-floating-promises\)/, 'an assertion nobody waits for');
  t.notMatch(stdout, /clean\.test\.ts/, 'a test itself need not be awaited');
});
