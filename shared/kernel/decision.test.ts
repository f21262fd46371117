import t from 'tap';
import { accept, nothing, reject, unreachable } from './decision.js';

t.test('the three answers of a decider', async (t) => {
  t.same(accept({ type: 'A' }, { type: 'B' }), { outcome: 'accept', events: [{ type: 'A' }, { type: 'B' }] });
  t.same(reject('account_frozen'), { outcome: 'reject', rejection: { code: 'account_frozen' } });
  t.same(reject('request_invalid', 'two faults', [{ pointer: '/name', code: 'missing', detail: 'is required' }]), {
    outcome: 'reject', rejection: { code: 'request_invalid', detail: 'two faults', errors: [{ pointer: '/name', code: 'missing', detail: 'is required' }] },
  });
  t.same(nothing, { outcome: 'nothing' });
  t.throws(() => unreachable({ type: 'C' } as never), { message: 'unhandled case: {"type":"C"}' });
});
