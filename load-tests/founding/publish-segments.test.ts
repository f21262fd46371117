import t from 'tap';
import { customerIdOf } from './founded-ids.js';
import { definitions, faultsOf } from './publish-segments.js';

t.test('twenty segments that the catalogue has nothing against', async (t) => {
  t.equal(definitions.length, 20);
  for (const definition of definitions) t.same(faultsOf(customerIdOf(0), definition), [], JSON.stringify(definition));
  t.match(faultsOf(customerIdOf(0), { kind: 'dynamic', name: 'x', tree: { attr: 'customer.shoeSize', operator: '=', value: 1 } }), [{ code: 'unknown_field' }], 'control');
});
