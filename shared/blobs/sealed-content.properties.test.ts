import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import t from 'tap';
import { seed } from '../testing/seed.js';
import { ContentDamaged, openContent, sealContent } from './sealed-content.js';

t.comment(`seed ${seed}`);

const FRAME = 64 * 1_024;
const key = randomBytes(32);

async function collected(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}
async function* cut(bytes: Buffer, at: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += at) yield bytes.subarray(from, from + at);
}
const sealed = (bytes: Buffer, at = 50_000, binding = 'here') => collected(sealContent(cut(bytes, at), key, binding));
const opened = (bytes: Buffer, at = 50_000, binding = 'here', under = key) => collected(openContent(cut(bytes, at), under, binding));

const sizes = fc.oneof(fc.constantFrom(0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 3 * FRAME - 16), fc.nat(5 * FRAME));
const cuts = fc.integer({ min: 1_000, max: 200_000 });

t.test('what was sealed opens as it was, however it is cut', async (t) => {
  await fc.assert(fc.asyncProperty(sizes, cuts, cuts, async (size, a, b) => {
    const bytes = randomBytes(size);
    const form = await sealed(bytes, a);
    return form.length === size + 16 * Math.max(1, Math.ceil(size / FRAME)) && (await opened(form, b)).equals(bytes);
  }), { seed, numRuns: 60 });
  t.pass('held');
});

t.test('one bit changed anywhere, a cut, an addition: it does not open', async (t) => {
  await fc.assert(fc.asyncProperty(sizes, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(7), async (size, where, bit) => {
    const form = await sealed(randomBytes(size));
    const changed = Buffer.from(form);
    const at = Math.floor(where * form.length);
    changed[at] = changed[at]! ^ (1 << bit);
    for (const other of [changed, form.subarray(0, at), Buffer.concat([form, Buffer.alloc(16)])])
      try {
        await opened(other);
        return false;
      } catch (error) {
        if (!(error instanceof ContentDamaged)) throw error;
      }
    return true;
  }), { seed, numRuns: 40 });
  t.pass('held');
});

t.test('frames in another order, of another content, under another key or binding do not open', async (t) => {
  const form = await sealed(randomBytes(3 * FRAME));
  const other = await sealed(randomBytes(3 * FRAME), 50_000, 'there');
  const frame = (of: Buffer, index: number) => of.subarray(index * (FRAME + 16), (index + 1) * (FRAME + 16));
  t.equal((await opened(form)).length, 3 * FRAME, 'control');
  for (const bytes of [Buffer.concat([frame(form, 1), frame(form, 0), frame(form, 2)]), Buffer.concat([frame(form, 0), frame(other, 1), frame(form, 2)]), Buffer.concat([frame(form, 0), frame(form, 1)]), other])
    await t.rejects(opened(bytes), ContentDamaged);
  await t.rejects(opened(form, 50_000, 'there'), ContentDamaged);
  await t.rejects(opened(form, 50_000, 'here', randomBytes(32)), ContentDamaged);
});

t.test('no byte is given out of a frame that does not open', async (t) => {
  const form = await sealed(Buffer.alloc(2 * FRAME, 'a'));
  form[FRAME + 100]! ^= 1;
  let given = 0;
  await t.rejects(async () => {
    for await (const chunk of openContent(cut(form, 10_000), key, 'here')) given += chunk.length;
  }, ContentDamaged);
  t.equal(given, FRAME, 'the first frame, and nothing of the second');
});
