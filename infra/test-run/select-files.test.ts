import { test } from 'tap';
import { longestFirst, needsParts, selectTestFiles } from './select-files.js';

test('chooses compiled tests by source or compiled path, file or folder, never one whose source is gone', async (t) => {
  const dir = t.testdir({
    services: { 'a.test.ts': '', 'b.int.test.ts': '' },
    shared: { 'c.test.ts': '' },
    dist: { services: { 'a.test.js': '', 'b.int.test.js': '12', 'deleted.test.js': '', 'a.js': '' }, shared: { 'c.test.js': '1' } },
  });
  const [a, b, c] = ['dist/services/a.test.js', 'dist/services/b.int.test.js', 'dist/shared/c.test.js'];
  t.same(selectTestFiles(dir, []), [a, b, c]);
  for (const path of ['services/a.test.ts', 'dist/services/a.test.js', `${dir}/services/a.test.ts`]) t.same(selectTestFiles(dir, [path]), [a], path);
  t.same(selectTestFiles(dir, ['services/']), [a, b]);
  t.same(selectTestFiles(dir, ['shared', 'dist/services', 'shared']), [a, b, c]);
  t.throws(() => selectTestFiles(dir, ['services/deleted.test.ts']), { message: 'no test at services/deleted.test.ts' });
  t.throws(() => selectTestFiles(dir, ['servic']), /no test at servic/, 'half a name is no folder');
  t.same(longestFirst(dir, selectTestFiles(dir, [])), [b, c, a]);
  t.same([needsParts([a, c] as string[]), needsParts([b] as string[])], [false, true]);
});
