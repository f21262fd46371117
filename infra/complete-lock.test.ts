import path from 'node:path';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { test } from 'tap';
import { checkoutRoot } from './checkout.js';

type Lock = { packages: Record<string, Record<string, unknown>> };
const { complete } = await import(pathToFileURL(path.join(checkoutRoot, 'infra', 'complete-lock.mjs')).href) as { complete: (lock: Lock) => string[] };

test('adds the platform packages a mirror left out, and nothing else', async (t) => {
  const lock: Lock = { packages: {
    'node_modules/tool': { version: '1.0.0', dev: true, optionalDependencies: { '@tool/linux-arm64-musl': '1.0.0', '@tool/darwin-x64': '1.0.0', 'fsevents': '~2.3.2' } },
    'node_modules/@tool/darwin-x64': { version: '1.0.0', integrity: 'kept' },
  } };
  t.same(complete(lock), ['@tool/linux-arm64-musl@1.0.0']);
  t.same(lock.packages['node_modules/@tool/linux-arm64-musl'], { version: '1.0.0', os: ['linux'], cpu: ['arm64'], libc: ['musl'], dev: true, optional: true });
  t.same(lock.packages['node_modules/@tool/darwin-x64'], { version: '1.0.0', integrity: 'kept' });
  t.same(complete(lock), []);
});

test('package-lock.json of this checkout is complete: else `npm ci` refuses it (run node infra/complete-lock.mjs)', async (t) => {
  t.same(complete(JSON.parse(readFileSync(path.join(checkoutRoot, 'package-lock.json'), 'utf8')) as Lock), []);
});
