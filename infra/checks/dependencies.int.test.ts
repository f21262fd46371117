import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { test } from 'tap';
import { checkoutRoot } from '../checkout.js';

interface Audited {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly via: readonly unknown[] }>>;
}

/** What npm's advisory service says of what the product runs on; undefined, with why, where it does not answer. */
async function audited(): Promise<{ readonly found?: Audited; readonly why: string }> {
  const { stdout } = await promisify(execFile)('npm', ['audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=10000'], { cwd: checkoutRoot, timeout: 30_000 }).catch((error: { stdout?: string; message: string }) =>
    ({ stdout: error.stdout ?? JSON.stringify({ message: error.message }) }));
  try {
    const answer = JSON.parse(stdout) as Audited & { readonly message?: string };
    return answer.vulnerabilities ? { found: answer, why: '' } : { why: answer.message ?? stdout };
  } catch {
    return { why: stdout.slice(0, 200) };
  }
}

test('no advisory of high or critical severity stands against what the product runs on', async (t) => {
  const { found, why } = await audited();
  if (!found) {
    t.pass(`the advisory service does not answer here: ${why}`, { skip: why });
    return;
  }
  const advisories = Object.entries(found.vulnerabilities!).map(([name, { severity }]) => `${severity}: ${name}`).sort();
  for (const line of advisories) t.comment(line);
  t.strictSame(advisories.filter((line) => /^(high|critical)/.test(line)), [], 'due at once; moderate and low with the next release');
});

test('every package is what it was when it was chosen: pinned, and held to its hash', async (t) => {
  const { packages } = JSON.parse(readFileSync(`${checkoutRoot}/package-lock.json`, 'utf8')) as { packages: Record<string, { version?: string; integrity?: string; link?: boolean; optional?: boolean; devOptional?: boolean }> };
  const own = Object.entries(packages).filter(([name]) => name !== '');
  t.ok(own.length > 100);
  // What is for other machines alone was never seen here, and has no hash to be held to.
  const here = own.filter(([, { integrity, optional, devOptional }]) => integrity !== undefined || !(optional || devOptional));
  t.strictSame(here.filter(([, { version, integrity, link }]) => link || version === undefined || !integrity?.startsWith('sha512-')).map(([name]) => name), []);
  const { dependencies, devDependencies } = JSON.parse(readFileSync(`${checkoutRoot}/package.json`, 'utf8')) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
  t.strictSame(Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)), []);
});
