import { readFileSync } from 'node:fs';
import t from 'tap';
import { checkRule } from './check.js';
import { RULE_ERRORS } from './errors.js';
import { LIMITS } from './limits.js';
import { EXAMPLE_CATALOGUE, EXAMPLE_CONTEXT } from './testing/example-bank.js';
import { EXAMPLES } from './testing/examples.js';

const readme = readFileSync('shared/rules/README.md', 'utf8');

t.test('the examples of the guide are those that are tested', async (t) => {
  const told = [...readme.matchAll(/^\*\*(.+)\.\*\*(?: Trigger: (\w+)\.)?\n\n```json\n([^`]+)```\n\n> (.+)\.\n>\n> (.+)。$/gm)];
  t.strictSame(
    told.map(([, title, trigger, json, en, zh]) => ({ title, trigger: trigger ?? null, tree: JSON.parse(json!), en, zh })),
    EXAMPLES,
  );
  for (const { title, tree, trigger } of EXAMPLES) t.ok(checkRule(tree, EXAMPLE_CATALOGUE, { ...EXAMPLE_CONTEXT, trigger }).ok, title);
});

t.test('the guide tells every error in order of precedence, and the limits', async (t) => {
  const rows = [...readme.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, code, meaning]) => [code, meaning!.replaceAll('`', '')]);
  t.strictSame(rows.filter(([code]) => Object.hasOwn(RULE_ERRORS, code!)), Object.entries(RULE_ERRORS).map(([code, meaning]) => [code, meaning.replaceAll('`', '')]));
  for (const limit of [`${LIMITS.nodes} nodes`, `${LIMITS.depth} deep`, `${LIMITS.children} members`, '1,000 values', '1,100 days']) t.match(readme, limit);
});
