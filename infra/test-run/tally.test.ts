import { test } from 'tap';
import { closingLine, describeFile } from './report.js';
import { tally, type FileOutcome } from './tally.js';

const outcomesOf = (tap: string): FileOutcome[] => {
  const outcomes: FileOutcome[] = [];
  tally((outcome) => outcomes.push(outcome)).end(tap);
  return outcomes;
};

const RUN = `TAP version 14
# Subtest: dist/a.test.js
    # seed 42
    # Subtest: outer
        ok 1 - first
        # Subtest: inner
            not ok 1 - second
              ---
              diff: |
                -1
                +2
              ...
            1..1
        not ok 2 - inner
        1..2
    not ok 1 - outer
    ok 2 - absent # SKIP no kafka here
    ok 3 - later # TODO
    1..3
not ok 1 - dist/a.test.js # time=1500ms

# Subtest: dist/b.test.js
    ok 1 - fine
    1..1
not ok 2 - dist/b.test.js # time=5ms
  ---
  exitCode: 3
  ...

# Subtest: dist/c.test.js
    # Subtest: empty
        1..0
    ok 1 - empty
    1..1
ok 3 - dist/c.test.js

1..3
`;

test('counts assertions, not the lines that sum up tests and files', async (t) => {
  const [a, b, c] = outcomesOf(RUN);
  t.match(a, { file: 'dist/a.test.js', passed: 1, timeMs: 1500, said: ['# seed 42'] });
  t.same(a?.failures.map(({ path }) => path), [['outer', 'inner', 'second']]);
  t.same(a?.skipped, ['absent: no kafka here', 'later: no reason given']);
  t.same([b?.passed, b?.failures.length], [1, 1], 'a file that ends badly after its assertions passed has failed');
  t.same([c?.passed, c?.failures.length], [0, 1], 'a file that asserts nothing has failed');
});

test('a failure is told with its place, difference and what the file said; a skip with its reason', async (t) => {
  const [a, b] = outcomesOf(RUN);
  const told = describeFile(a as FileOutcome);
  for (const part of ['FAIL', '1 passed, 1 failed, 2 skipped', 'absent: no kafka here', 'outer > inner > second', '-1\n', '# seed 42']) t.ok(told.includes(part), part);
  t.match(describeFile(b as FileOutcome), /exitCode: 3/);
  t.equal(closingLine({ passed: 12, failed: 0, skipped: 3 }), '12 passed, 0 failed, 3 skipped');
});
