import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';

t.test('the code of the guide is that of the examples, which are tested', async (t) => {
  const sources = ['examples/consumer-typescript', 'examples/consumer-python'].flatMap((folder) => readdirSync(folder).map((file) => readFileSync(path.join(folder, file), 'utf8')));
  const blocks = [...readFileSync('docs/guides/consumers.md', 'utf8').matchAll(/^```(?:ts|python)\n([^]*?)^```$/gm)].map(([, code]) => code!);
  t.ok(blocks.length >= 4);
  for (const block of blocks) t.ok(sources.some((source) => source.includes(block)), block);
});
