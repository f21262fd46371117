import t from 'tap';
import { createMemoryVault } from '../crypto/memory-vault.js';
import { checkSealed } from './boundary.js';
import { createCodec } from './codec.js';
import { fixtureMetadata, fixtures } from './fixtures.js';
import { visitPersonal } from './personal-fields.js';
import { allEvents } from './registry.js';

t.test('every version of every event has a fixture', async (t) => {
  const wanted = allEvents.flatMap(({ type, versions }) => versions.map((_, index) => `${type}.v${index + 1}`));
  t.same([...new Set(fixtures.map(({ definition, version }) => `${definition.type}.v${version}`))].sort(), wanted.sort());
});

for (const { name, definition, version, data } of fixtures)
  t.test(name, async (t) => {
    const { schema, personalPaths } = definition.versions[version - 1]!;
    t.same(schema.parse(data), data, 'has the shape of its version, unchanged by parsing');
    for (const path of personalPaths) {
      let values = 0;
      visitPersonal(data, path, () => values++);
      t.ok(values > 0, `shows the personal field ${path.join('.')}`);
    }
    const newest = definition.versions.slice(version - 1).reduce((older, { upcast }) => (upcast ? upcast(older) : older), data);
    t.same(definition.schema.parse(newest), newest, 'comes to the newest version');
    if (version < definition.version) return;
    const [sealed] = await createCodec(createMemoryVault()).seal([{ id: '0198a7c2-0000-7000-8000-0000000000e1', event: { type: definition.type, data }, metadata: fixtureMetadata }]);
    t.same(checkSealed(definition.type, version, sealed!.data, sealed!.metadata), [], 'keeps the published contract once sealed');
    if (personalPaths.length > 0) t.not(checkSealed(definition.type, version, data, fixtureMetadata).length, 0, 'control: open, it does not');
  });
