import fc from 'fast-check';
import t from 'tap';
import { createMemoryVault } from '../crypto/memory-vault.js';
import type { StoredEvent } from '../event-store/port.js';
import { seed } from '../testing/seed.js';
import { createCodec } from './codec.js';
import type { Path } from './personal.js';
import { fixtureMetadata, fixtures } from './fixtures.js';
import { swapPersonal } from './personal-fields.js';

t.comment(`seed ${seed}`);
const check = async <T>(property: fc.IAsyncProperty<T>) => fc.assert(property, { seed, numRuns: 200 });

/** Long enough not to turn up in an id or a ciphertext by chance; letters of several scripts, quotes, control characters. */
const secretText = fc.string({ minLength: 8, maxLength: 60, unit: fc.oneof(fc.constantFrom(...'王小明张伟房租三月'), fc.constantFrom(...'XYZqrs"\\\n @+'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })) });
const secretValue = fc.oneof(secretText, fc.record({ name: secretText, phones: fc.array(secretText, { maxLength: 3 }), more: fc.dictionary(secretText, secretText, { maxKeys: 2 }) }));

const withPersonal = fixtures.filter(({ definition, version }) => version === definition.version && definition.personalPaths.length > 0);

const event = fc.constantFrom(...withPersonal).chain(({ definition, data }) =>
  fc.infiniteStream(secretValue).map((values) => ({
    definition,
    data: definition.personalPaths.reduce<unknown>((changed, path: Path) => swapPersonal(changed, path, () => values.next().value), data) as object,
  })),
);

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [key, ...stringsIn(child)]);
}

const personalStringsOf = (data: object, paths: readonly Path[]): string[] => {
  const strings: string[] = [];
  for (const path of paths) swapPersonal(data, path, (value) => strings.push(...stringsIn(value)));
  return strings.filter((text) => text.length >= 8);
};

const shows = (sealed: string, text: string): boolean =>
  [text, JSON.stringify(text).slice(1, -1), Buffer.from(text).toString('base64').replaceAll('=', ''), Buffer.from(text).toString('hex'), encodeURIComponent(text)].some((form) => sealed.includes(form));

t.test('nothing personal shows in the sealed form, and all of it comes back', async (t) => {
  let looked = 0;
  await check(fc.asyncProperty(event, fc.uuid(), async ({ definition, data }, id) => {
    const codec = createCodec(createMemoryVault());
    const [sealed] = await codec.seal([{ id, event: { type: definition.type, data }, metadata: fixtureMetadata }]);
    const text = JSON.stringify(sealed);
    for (const personal of personalStringsOf(data, definition.personalPaths)) {
      looked++;
      if (shows(text, personal)) throw new Error(`${JSON.stringify(personal)} shows in ${text}`);
      if (!shows(JSON.stringify(data), personal)) throw new Error('control: it shows in the open form');
    }
    const stored: StoredEvent = { ...(JSON.parse(text) as typeof sealed & object), stream: 's', revision: 0n, position: 0n, created: new Date(0) };
    const [read] = await codec.read([stored], { open: true });
    t.same(read!.event.data, JSON.parse(JSON.stringify(data)));
  }));
  t.ok(looked > 200, `${looked} strings looked for`);
});
