import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type Test } from 'tap';
import { checkoutRoot } from './checkout.js';

interface Run { readonly code: number; readonly out: string; readonly err: string }

/** A checkout in small: the real bootstrap, a compiler that copies, no package from a registry. In a closed folder whose name has a space. */
const smallCheckout = (t: Test): string => {
  const root = mkdtempSync(path.join(tmpdir(), 'pass book-'));
  chmodSync(root, 0o700);
  t.teardown(() => { rmSync(root, { recursive: true, force: true }); });
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  write('package.json', JSON.stringify({ name: 'small', version: '1.0.0', type: 'module', engines: { node: '>=20.19' }, devDependencies: { typescript: 'file:compiler' } }));
  write('package-lock.json', JSON.stringify({ name: 'small', version: '1.0.0', lockfileVersion: 3, packages: {
    '': { name: 'small', version: '1.0.0', devDependencies: { typescript: 'file:compiler' } },
    'compiler': { name: 'typescript', version: '1.0.0', dev: true },
    'node_modules/typescript': { resolved: 'compiler', link: true },
  } }));
  write('compiler/package.json', '{"name":"typescript","version":"1.0.0"}');
  write('compiler/bin/tsc', `const fs = require('fs');
    if (fs.readFileSync('main.ts', 'utf8').includes('TYPE ERROR')) { console.log('main.ts(1,1): error'); process.exit(2); }
    fs.mkdirSync('dist', { recursive: true }); fs.copyFileSync('main.ts', 'dist/main.js'); fs.appendFileSync('compiled', '.');`);
  write('tsconfig.json', '{"include":["main.ts","shared"]}');
  write('main.ts', 'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = process.argv.includes("fail") ? 7 : 0;');
  mkdirSync(path.join(root, 'infra'));
  copyFileSync(path.join(checkoutRoot, 'infra', 'bootstrap.mjs'), path.join(root, 'infra', 'bootstrap.mjs'));
  return root;
};

const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C', LC_ALL: 'C' };

const bootstrap = (root: string, ...args: string[]): Promise<Run> =>
  new Promise((resolve) => {
    execFile(process.execPath, [path.join(root, 'infra', 'bootstrap.mjs'), ...args], { env: environment, cwd: tmpdir() }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, out, err });
    });
  });

test('installs and compiles what is missing, once, and hands over arguments and exit code', async (t) => {
  const root = smallCheckout(t);
  const first = await bootstrap(root, 'start', '--real', 'two words');
  t.match(first, { code: 0, out: '["all","--real","two words"]\n', err: /installing packages …\n[^]*compiling …/ });
  t.same(await bootstrap(root, 'audit', 'fail'), { code: 7, out: '["audit","fail"]\n', err: '' }, 'nothing is done twice');
  t.equal(readFileSync(path.join(root, 'compiled'), 'utf8'), '.');

  utimesSync(path.join(root, 'main.ts'), 1, 1);
  mkdirSync(path.join(root, 'dist', 'shared'));
  writeFileSync(path.join(root, 'dist', 'shared', 'deleted.test.js'), '');
  t.match(await bootstrap(root, 'import'), { code: 0, out: '["import"]\n', err: 'compiling …\n' });
  t.notOk(existsSync(path.join(root, 'dist', 'shared', 'deleted.test.js')), 'compiled files without a source are gone');

  writeFileSync(path.join(root, 'package-lock.json'), readFileSync(path.join(root, 'package-lock.json'), 'utf8').replaceAll('1.0.0', '1.0.1'));
  writeFileSync(path.join(root, 'package.json'), readFileSync(path.join(root, 'package.json'), 'utf8').replaceAll('1.0.0', '1.0.1'));
  rmSync(path.join(root, 'node_modules', '.package-lock.json'));
  t.match(await bootstrap(root, 'start'), { code: 0, err: /installing packages/ }, 'another lock file, and an installation that was interrupted');
});

test('what goes wrong is told in full, without a stack', async (t) => {
  const root = smallCheckout(t);
  writeFileSync(path.join(root, 'main.ts'), 'TYPE ERROR');
  t.match(await bootstrap(root, 'start'), { code: 1, out: '', err: /compiling: failed \(exit code 2\)\nmain.ts\(1,1\): error\n$/ });
  t.match(await bootstrap(root, 'nonsense'), { code: 1, err: /^usage: / });
  writeFileSync(path.join(root, 'package.json'), '{"engines":{"node":">=99.1"}}');
  t.match(await bootstrap(root, 'start'), { code: 1, err: new RegExp(`^Passbook needs Node >=99.1; this is ${process.versions.node} `) });
});

test('two at once: one installs, the other waits; a signal reaches the program', async (t) => {
  const root = smallCheckout(t);
  mkdirSync(path.join(root, '.tools'));
  writeFileSync(path.join(root, '.tools', 'bootstrap.lock'), '999999999');
  const both = await Promise.all([bootstrap(root, 'start'), bootstrap(root, 'start')]);
  t.same(both.map(({ code }) => code), [0, 0], 'and the lock of a process that died holds nobody up');
  t.equal(readFileSync(path.join(root, 'compiled'), 'utf8'), '.');

  writeFileSync(path.join(root, 'main.ts'), 'process.on("SIGTERM", () => { console.log("stopping"); process.exit(5); }); console.log("up"); setInterval(() => {}, 1000);');
  const child = spawn(process.execPath, [path.join(root, 'infra', 'bootstrap.mjs'), 'start'], { env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  t.same(await once(child, 'exit'), [5, null]);
});
