import t from 'tap';
import { viewsFrom } from '../../shared/access/data-classes.js';
import { fieldViewOf } from '../../shared/access/field-view.js';
import { mayBeToldOf, portableAccessSchema } from './portable-accesses.js';

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

t.test('nobody is let know that they are suspected', async (t) => {
  for (const route of ['GET /v1/risk/cases', 'GET /v1/risk/cases/:id', 'GET /v1/risk/alerts/stream', 'POST /v1/risk/cases/:id/closing', 'WEBHOOK risk.alert.raised']) t.notOk(mayBeToldOf({ route }), route);
  for (const route of ['GET /v1/customers/:id', 'POST /v1/customers/search', '(none)']) t.ok(mayBeToldOf({ route }), route);
});
