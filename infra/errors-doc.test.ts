import { readFileSync } from 'node:fs';
import t from 'tap';
import { errorsDocument } from './errors-doc.js';

t.test('docs/errors.md is what the tables say', async (t) => {
  t.equal(readFileSync('docs/errors.md', 'utf8'), errorsDocument(), 'run npm run schemas');
});
