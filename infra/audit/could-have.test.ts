import t from 'tap';
import { couldHaveLines } from './could-have.js';

t.test('a person\'s rights, each on a line', async (t) => {
  t.equal(couldHaveLines({
    kind: 'staff', id: 's1', username: 'anna', personName: 'Anna Weber', branch: 'B1', why: [
      { kind: 'assignment', id: 'a1', role: 'teller', branch: 'B1', from: '2026-03-02T08:00:00.000Z', scope: 'branch', limits: { CNY: '200.00', JPY: '5' } },
      { kind: 'grant', id: 'g1', branch: 'B2', from: '2026-03-02T08:00:00.000Z', until: '2026-03-03T08:00:00.000Z', by: 'root', reason: 'month end', scope: 'all' },
      { kind: 'act-as', id: 'x1', asStaffId: 's2', from: '2026-03-02T08:00:00.000Z', until: '2026-03-02T09:00:00.000Z', reason: 'r', scope: 'branch', limits: {} },
    ],
  }), [
    'anna (Anna Weber), B1  [s1]',
    '    role teller at B1 (branch, up to 200.00 CNY, 5 JPY), 2026-03-02T08:00:00.000Z to no end  [a1]',
    '    granted at B2 by root (all), 2026-03-02T08:00:00.000Z to 2026-03-03T08:00:00.000Z: month end  [g1]',
    '    acting as s2 (branch, up to nothing), 2026-03-02T08:00:00.000Z to 2026-03-02T09:00:00.000Z: r  [x1]',
  ].join('\n'));
  t.equal(couldHaveLines({ kind: 'client', id: 'c1', clientName: 'card-switch', branch: 'head-office', why: [{ kind: 'client', scope: 'all' }] }), 'client card-switch, head-office  [c1]\n    its own permits (all)');
});
