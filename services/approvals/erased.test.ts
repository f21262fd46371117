import t from 'tap';
import { person } from '../customers/testing/people.js';
import { approvalsBank, HOUR } from './testing/bank.js';

t.test('what was asked for of a customer goes with the customer\'s key: changes, and the registration itself', async (t) => {
  const bank = await approvalsBank({ rules: [
    { name: 'registrations', permission: 'customers.register', expiresAfterMs: HOUR }, { name: 'changes', permission: 'customers.update', expiresAfterMs: HOUR },
  ] });
  t.teardown(() => bank.close());
  const body = person({ branch: 'B1' });
  const registration = (await bank.send('zhang', 'POST', '/v1/customers', body)).body.approvalId;
  t.match((await bank.send('li', 'GET', `/v1/approvals/${registration}`)).body, { status: 'pending', body: { name: body.name } }, 'whoever decides sees what it is about');
  const { recordId: id } = (await bank.send('li', 'POST', `/v1/approvals/${registration}/approval`)).body;
  t.match((await bank.send('zhang', 'GET', `/v1/customers/${id}`)).body, { id, name: body.name });
  const change = (await bank.send('zhang', 'PATCH', `/v1/customers/${id}`, { email: 'a@b.example' }, { 'if-match': '"0"' })).body.approvalId;
  await bank.vault.erase(id);
  for (const approvalId of [registration, change]) {
    const told = (await bank.send('li', 'GET', `/v1/approvals/${approvalId}`)).body;
    t.equal(told.id, approvalId, 'that somebody asked stays');
    t.notMatch(JSON.stringify(told), new RegExp(`${body.name}|${body.idDocument.number}|a@b`));
  }
  t.match(await bank.send('li', 'POST', `/v1/approvals/${change}/approval`), { status: 422 });
});
