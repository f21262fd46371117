import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { checkoutRoot } from '../checkout.js';
import { attacksIn, checkAttacks } from './attacks.js';
import { projectFiles } from './project-files.js';

const page = readFileSync(`${checkoutRoot}/docs/security/attacks.md`, 'utf8');

test('every attack of the list is tried by a test that is there', async (t) => {
  t.ok(attacksIn(page).length > 40);
  t.strictSame(checkAttacks(page, projectFiles(checkoutRoot)), []);
});

test('control: a line without its test is found, and an attack that nobody tries', async (t) => {
  const found = (line: string) => checkAttacks(`${page}\n${line}\n`, projectFiles(checkoutRoot));
  t.match(found('| a new attack | refused | `infra/checks/nowhere.test.ts`: something |'), ['a new attack: there is no infra/checks/nowhere.test.ts']);
  t.match(found('| a new attack | refused | `infra/checks/attacks.test.ts`: something else |'), ['a new attack: infra/checks/attacks.test.ts has no test called "something else"']);
  t.match(found('| a new attack | refused | soon |'), [/is tried by no test/]);
  t.match(checkAttacks(page.replaceAll('IDOR', 'X'), projectFiles(checkoutRoot)), ['IDOR: stands in no line']);
});
