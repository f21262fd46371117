import t from 'tap';
import { nameForms, normalText } from './name-forms.js';
import { createRanking } from './ranking.js';
import { createSearchTerms, idNumberForms, phoneForms } from './search-terms.js';

const terms = createSearchTerms(Buffer.alloc(32, 3));
const person = (name: string) => ({ kind: 'individual' as const, name, sex: 'male' as const, birthDate: '1990-05-17', idDocument: { type: 'CN-RIC' as const, number: '11010519491231002X' }, phones: ['+8613812345678'] });
const finds = (typed: string, name: string): boolean => {
  const pieces = terms.ofName(typed);
  const has = new Set(terms.ofProfile(person(name)));
  return pieces.length > 0 && pieces.every((piece) => has.has(piece));
};
const nearly = (typed: string, name: string): boolean => {
  const has = new Set(terms.ofProfile(person(name)));
  return terms.ofNameNearly(typed).some((pieces) => pieces.every((piece) => has.has(piece)));
};

t.test('a name is found however it is typed', async (t) => {
  for (const typed of ['张伟', '伟', '张', 'zhangwei', 'zhang wei', 'Zhang', 'ZW', 'wei', 'zhangw', 'wei zhang']) t.ok(finds(typed, '张伟'), typed);
  for (const typed of ['李', '张三', 'lw', 'wang', 'hangz']) t.notOk(finds(typed, '张伟'), typed);
  t.ok(finds('shanxiongxin', '单雄信'), 'a surname is read as one');
  t.ok(finds('dan xiong xin', '单雄信'), 'and as the character is otherwise read');
  t.ok(finds('zengguofan', '曾国藩'));
  for (const typed of ['lvbu', 'lubu', 'lyubu']) t.ok(finds(typed, '吕布'), typed);
  for (const typed of ['novak', 'Novák', 'jan nov', 'novak jan', 'jannovak']) t.ok(finds(typed, 'Jan Novák'), typed);
  for (const typed of ['上海贸易', 'shanghai', 'maoyi', 'shdymyyxgs', 'shdy']) t.ok(finds(typed, '上海第一贸易有限公司'), typed);
  for (const typed of ['', ' ', '·', 'z', '!']) t.same(terms.ofName(typed), [], `${typed} is no search`);
});

t.test('and nearly: by sound, with one slip', async (t) => {
  t.ok(nearly('章伟', '张伟'), 'homophones');
  t.notOk(finds('章伟', '张伟'));
  t.ok(nearly('张小明', '张晓明'));
  t.ok(nearly('张三明', '张晓明'), 'one character of three');
  for (const typed of ['zhamgwei', 'novac jan', 'weizhang']) t.ok(nearly(typed, typed.startsWith('nov') ? 'Jan Novák' : '张伟'), typed);
  t.notOk(nearly('lixiaolong', '张伟'));
});

t.test('the ranking puts first what fits best', async (t) => {
  const order = (typed: string, ...names: string[]) => [...names].sort((a, b) => createRanking(typed)(b) - createRanking(typed)(a));
  t.same(order('张伟', '章伟', '张伟明', '李张伟', '张伟', '张小伟'), ['张伟', '张伟明', '李张伟', '张小伟', '章伟']);
  t.same(order('zhangwei', '张维佳', '章伟', '张伟')[2], '张维佳');
  t.same(order('novak', 'Jan Novotny', 'Novák', 'Jan Novák'), ['Novák', 'Jan Novák', 'Jan Novotny']);
  t.equal(createRanking('Müller')('muller'), 1);
  t.ok(createRanking('zhangwei')('李小龙') < 0.35);
});

t.test('numbers in whatever form', async (t) => {
  t.same(idNumberForms('11010549123 1002'), ['110105491231002', '11010519491231002X']);
  t.same(idNumberForms('11010519491231002x'), ['11010519491231002X']);
  const stored = terms.ofPhone('+8613812345678')[0]!;
  for (const typed of ['13812345678', '+8613812345678', ' 8613812345678', '008613812345678', '138 1234 5678', '138-1234-5678', '(+86) 138 1234 5678', '8613812345678', '１３８１２３４５６７８'])
    t.ok(terms.ofPhone(typed).includes(stored), typed);
  t.notOk(terms.ofPhone('13812345679').includes(stored));
  t.ok(phoneForms('010-12345678').includes('+861012345678'));
  t.ok(phoneForms('+420 601 123 456').includes('+420601123456'));
  t.ok(phoneForms('601123456').includes('601123456') && phoneForms('+420601123456').includes('601123456'), 'national digits of another country');
});

t.test('hashes need the secret', async (t) => {
  const others = new Set(createSearchTerms(Buffer.alloc(32, 4)).ofProfile(person('张伟')));
  t.notOk(terms.ofProfile(person('张伟')).some((term) => others.has(term)));
  for (const term of terms.ofProfile(person('张伟'))) t.ok(BigInt(term) >= -(2n ** 63n) && BigInt(term) < 2n ** 63n);
});

t.test('normal text', async (t) => {
  t.equal(normalText('  Jan-Karel  NOVÁK（男）'), 'jan karel novak 男');
  t.same(nameForms('欧阳娜娜').wholes.includes('ouyangnana'), true);
});
