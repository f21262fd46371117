import t from 'tap';
import { viewsFrom } from '../../shared/access/data-classes.js';
import { fieldViewOf } from '../../shared/access/field-view.js';
import { portableAccessSchema } from './portable-accesses.js';

const access = {
  at: '2026-03-02T01:02:03.004Z', requestId: 'r1', actor: { id: 'tina', role: 'teller', branch: 'SH', channel: 'counter', actingAs: 'ben' }, sessionId: 's1', route: 'GET /v1/customers/:id', status: 200,
  reason: 'complaint', from: { address: '192.0.2.1', device: 'a browser' }, clear: ['name'], masked: [], customers: ['c1'], accounts: [],
};

t.test('the person learns what was looked at and in which role, not who of the staff it was', async (t) => {
  const { sessionId: _, reason: __, from: ___, ...shown } = access;
  t.strictSame(fieldViewOf(portableAccessSchema)!(access, viewsFrom({ name: 'clear' })), { ...shown, actor: { role: 'teller', branch: 'SH', channel: 'counter' } });
});

t.test('whoever sees staff and what they wrote is shown all of it', async (t) => {
  t.strictSame(fieldViewOf(portableAccessSchema)!(access, viewsFrom({ staff: 'clear', 'free-text': 'clear' })), access);
});
