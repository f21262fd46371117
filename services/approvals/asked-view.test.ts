import t from 'tap';
import { z } from 'zod';
import { classified, subjectId } from '../../shared/access/classified.js';
import { viewsFrom } from '../../shared/access/data-classes.js';
import { maskName } from '../../shared/access/masks.js';
import { nothingTold } from '../../shared/access/told.js';
import { shownBody } from './asked-view.js';

const schema = z.strictObject({
  payee: subjectId(z.string(), 'account'), name: classified(z.string(), 'name', maskName).optional(), income: classified(z.string(), 'income').optional(), memo: z.string().optional(),
});
const asked = { payee: 'acc-1', name: 'Anna', income: '7.00', memo: 'for the roof' };

function shown(body: unknown, views: Parameters<typeof viewsFrom>[0]) {
  const told = nothingTold();
  const value = shownBody(schema, body, viewsFrom(views), told);
  return { value, accounts: [...told.accounts], clear: [...told.clear], masked: [...told.masked] };
}

t.test('what a held command shows of whom is told with it', async (t) => {
  t.strictSame(shown(asked, { name: 'masked', income: 'clear', 'free-text': 'clear' }),
    { value: { ...asked, name: 'A**' }, accounts: ['acc-1'], clear: ['income', 'free-text'], masked: ['name'] });
  t.strictSame(shown(asked, { name: 'clear' }), { value: { payee: 'acc-1', name: 'Anna' }, accounts: ['acc-1'], clear: ['name'], masked: [] }, 'what is hidden is not told');
  t.strictSame(shown({ payee: 'acc-1' }, { name: 'clear', 'free-text': 'clear' }), { value: { payee: 'acc-1' }, accounts: ['acc-1'], clear: [], masked: [] }, 'nor what nobody sent');
});

t.test('of a command whose route is gone nothing is shown, and nothing told', async (t) => {
  const told = nothingTold();
  t.equal(shownBody(undefined, asked, viewsFrom({ name: 'clear' }), told), undefined);
  t.same(told, nothingTold());
});
