import { readFileSync } from 'node:fs';
import t from 'tap';
import { segmentDefinitionSchema } from '../../shared/events/marketing/segment-events.js';
import { marketingCatalogue } from '../evaluation/catalogue.js';
import { checkDefinition, describeDefinition } from './segments/check-definition.js';

const NONE_KNOWN = { refersTo: () => null, nameOf: (id: string) => id, usersOf: () => [] };

t.test('the segments of the marketers\' guide can be evaluated, and say what stands below them', async (t) => {
  const told = [...readFileSync('docs/guides/marketing.md', 'utf8').matchAll(/^```json\n([^`]+)```\n\n> (.+)\.\n>\n> (.+)。$/gm)];
  t.equal(told.length, 3);
  for (const [, json, en, zh] of told) {
    const definition = segmentDefinitionSchema.parse(JSON.parse(json!));
    t.same(checkDefinition(marketingCatalogue, NONE_KNOWN, null, definition), [], definition.name);
    t.same(describeDefinition(marketingCatalogue, NONE_KNOWN.nameOf, definition), { en, zh });
  }
});
