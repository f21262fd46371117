import fc from 'fast-check';
import t from 'tap';
import { seed } from '../testing/seed.js';
import { open, seal, type Envelope } from './envelope.js';
import { fingerprintOf, newKey, unwrap, wrap } from './wrapping.js';

t.comment(`seed ${seed}`);
const check = <T>(property: fc.IProperty<T>) => fc.assert(property, { seed, numRuns: 300 });

const json = fc.jsonValue({ depthSize: 'small' });
const binding = fc.string({ maxLength: 60 });

t.test('what is sealed opens, to the same value, with the same key and binding', async () => {
  check(fc.property(json, binding, (value, place) => {
    const key = { keyId: 'k', key: newKey() };
    const opened = open(JSON.parse(JSON.stringify(seal(value, key, place))) as Envelope, key.key, place);
    t.same(opened, JSON.parse(JSON.stringify(value)));
  }));
});

t.test('another key, another binding or one changed bit does not open', async (t) => {
  check(fc.property(json, binding, binding, fc.nat(), (value, place, elsewhere, at) => {
    const key = { keyId: 'k', key: newKey() };
    const envelope = seal(value, key, place);
    t.throws(() => open(envelope, newKey(), place), 'another key');
    if (elsewhere !== place) t.throws(() => open(envelope, key.key, elsewhere), 'another binding');
    const ct = Buffer.from(envelope.ct, 'base64');
    ct[at % ct.length]! ^= 1 << (at % 8);
    t.throws(() => open({ ...envelope, ct: ct.toString('base64') }, key.key, place), 'a changed bit');
    const iv = Buffer.from(envelope.iv, 'base64');
    iv[at % iv.length]! ^= 1;
    t.throws(() => open({ ...envelope, iv: iv.toString('base64') }, key.key, place), 'a changed iv');
  }));
});

t.test('a shortened tag does not open: fewer bytes would be easier to forge', async (t) => {
  const key = { keyId: 'k', key: newKey() };
  for (const value of ['', 'x', 'a longer value than a tag has bytes']) {
    const ct = Buffer.from(seal(value, key, 'b').ct, 'base64');
    for (let kept = 0; kept < ct.length; kept++) t.throws(() => open({ keyId: 'k', iv: seal(1, key, 'b').iv, ct: ct.subarray(0, kept).toString('base64') }, key.key, 'b'));
  }
});

t.test('the same value sealed twice looks different', async (t) => {
  const key = { keyId: 'k', key: newKey() };
  t.not(seal('张伟', key, 'b').ct, seal('张伟', key, 'b').ct);
});

t.test('no initialisation vector is used twice', async (t) => {
  const key = { keyId: 'k', key: newKey() };
  const ivs = Array.from({ length: 2_000 }, () => seal(1, key, 'b').iv);
  t.equal(new Set(ivs).size, ivs.length);
});

t.test('a wrapped key opens only under its key and binding', async (t) => {
  check(fc.property(binding, binding, fc.nat(59), (place, elsewhere, at) => {
    const [key, under] = [newKey(), newKey()];
    const wrapped = wrap(key, under, place);
    t.ok(unwrap(wrapped, under, place).equals(key));
    t.throws(() => unwrap(wrapped, newKey(), place));
    if (elsewhere !== place) t.throws(() => unwrap(wrapped, under, elsewhere));
    const changed = Buffer.from(wrapped);
    changed[at]! ^= 1;
    t.throws(() => unwrap(changed, under, place));
    t.throws(() => unwrap(wrapped.subarray(0, at), under, place));
  }));
  const key = newKey();
  t.ok(fingerprintOf(key).equals(fingerprintOf(Buffer.from(key))));
  t.notOk(fingerprintOf(key).equals(key));
});
