import t from 'tap';
import { searchResidue } from './residue-search.js';

const TEXT = 'Zéphyrine Ünval/4711?';
const places = (bytes: Buffer): readonly string[] => {
  const search = searchResidue([TEXT, 'nowhere-at-all']);
  search.bytes('here', bytes);
  t.same(search.found().get('nowhere-at-all'), []);
  return search.found().get(TEXT)!;
};

t.test('a text is found in every encoding, wherever it stands', async (t) => {
  const encodings: Record<string, (text: string) => Buffer | string> = {
    'UTF-8': (text) => text,
    'lower case': (text) => text.toLowerCase(),
    'upper case': (text) => text.toUpperCase(),
    'UTF-16LE': (text) => Buffer.from(text, 'utf16le'),
    'UTF-16BE': (text) => Buffer.from(text, 'utf16le').swap16(),
    hex: (text) => Buffer.from(text).toString('hex'),
    URL: (text) => encodeURIComponent(text),
    form: (text) => new URLSearchParams({ name: text }).toString(),
    JSON: (text) => JSON.stringify({ text }).replace(/[^\x20-\x7e]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`),
  };
  for (const [name, encode] of Object.entries(encodings))
    for (const before of ['', 'xy', 'Z', 'Zé'])
      t.not(places(Buffer.concat([Buffer.from(before), Buffer.from(encode(TEXT) as string), Buffer.from('zz')])).length, 0, `${name} after "${before}"`);
  for (const before of ['', 'a', 'ab', 'abc', 'abcd'])
    for (const encoding of ['base64', 'base64url'] as const)
      t.match(places(Buffer.from(Buffer.from(`${before}${TEXT}xyz`).toString(encoding))), [/base64/], `${encoding} after ${before.length} bytes`);
});

t.test('what is only like it is not found', async (t) => {
  for (const text of ['', 'Z', TEXT.slice(0, -1), TEXT.slice(1), TEXT.replace('4711', '4712'), `${TEXT.slice(0, 5)} ${TEXT.slice(5)}`]) t.same(places(Buffer.from(text)), [], text);
});
