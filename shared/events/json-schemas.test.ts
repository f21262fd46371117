import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { schemaFiles, schemaText } from './json-schemas.js';
import { allEvents } from './registry.js';

const folder = 'shared/events/schemas';

t.test('the committed schemas are the generated ones (npm run schemas)', async (t) => {
  const generated = schemaFiles(allEvents);
  const committed = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json'));
  t.same(committed.sort(), [...generated.keys()].sort());
  for (const [path, schema] of generated) t.equal(readFileSync(`${folder}/${path}`, 'utf8'), schemaText(schema), path);
});

t.test('every format comes with its pattern, so that validators that ignore formats decide the same', async (t) => {
  let formats = 0;
  const look = (node: unknown, at: string): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('format' in node && typeof node.format === 'string') {
      formats++;
      t.ok('pattern' in node, at);
    }
    for (const [key, child] of Object.entries(node)) look(child, `${at}/${key}`);
  };
  for (const [path, schema] of schemaFiles(allEvents)) look(schema, path);
  t.ok(formats > 50);
});

t.test('nothing but metadata is open to unknown fields', async (t) => {
  const look = (node: unknown, at: string): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('properties' in node && at !== '') t.equal((node as { additionalProperties?: unknown }).additionalProperties, false, at);
    for (const [key, child] of Object.entries(node)) if (key !== 'required') look(child, `${at}/${key}`);
  };
  for (const [path, schema] of schemaFiles(allEvents)) look(schema, path === 'metadata.json' ? '' : path);
});
