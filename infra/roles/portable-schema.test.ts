import { readFileSync } from 'node:fs';
import t from 'tap';
import { portableJsonSchema } from './portable-schema.js';

t.test('the published schema is that of the program', async (t) => {
  t.equal(readFileSync('infra/roles/portable-data.schema.json', 'utf8'), portableJsonSchema(), 'npm run schemas writes it anew');
  const { parts } = JSON.parse(portableJsonSchema()) as { parts: Record<string, { properties: { part: { const: string } } }> };
  t.same(Object.entries(parts).map(([name, { properties }]) => [name, properties.part.const]), ['record', 'change', 'account', 'hold', 'movement', 'document', 'rating', 'segment', 'access'].map((name) => [name, name]));
});
