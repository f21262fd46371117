import { checkCharacterOf } from '../../services/customers/validation/resident-id.js';
import type { Profile } from '../../shared/events/customers/profile.js';

const SURNAMES = [...'王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗'];
const GIVEN = [...'伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰飞宇浩欣然子涵梓轩雨晨'];
const AREAS = ['110105', '310104', '440106', '330102', '510104', '420102', '320102', '610102'];
const BRANCHES = ['BJ-001', 'SH-001', 'GZ-001', 'HZ-001', 'CD-001', 'WH-001', 'NJ-001', 'XA-001'];
const DAY_MS = 86_400_000;
const FIRST_BIRTH = Date.UTC(1945, 0, 1);
const BIRTH_DAYS = 22_000;

/** The n-th made-up customer, always the same: valid checksums, no two with one document; names and phones repeat as rarely as they do among people. */
export function personOf(n: number): { readonly profile: Profile & { readonly kind: 'individual' }; readonly branch: string } {
  const scattered = Math.imul(n + 1, 0x9e3779b1) >>> 0;
  const birthDate = new Date(FIRST_BIRTH + (n % BIRTH_DAYS) * DAY_MS).toISOString().slice(0, 10);
  const place = Math.floor(n / BIRTH_DAYS);
  const area = AREAS[place % AREAS.length]!;
  const order = Math.floor(place / AREAS.length);
  if (order > 999) throw new Error(`there are no more than ${BIRTH_DAYS * AREAS.length * 1_000} made-up people`);
  const digits = `${area}${birthDate.replaceAll('-', '')}${String(order).padStart(3, '0')}`;
  const given = GIVEN[scattered % GIVEN.length]! + (scattered % 3 === 0 ? '' : GIVEN[(scattered >>> 8) % GIVEN.length]!);
  return {
    profile: {
      kind: 'individual', name: SURNAMES[(scattered >>> 16) % SURNAMES.length]! + given, sex: order % 2 === 1 ? 'male' : 'female', birthDate,
      idDocument: { type: 'CN-RIC', number: digits + checkCharacterOf(digits) },
      phones: [`+861${380_000_0000 + (n % 100_000_000)}`],
      ...(scattered % 2 === 0 && { email: `customer.${n}@example.com` }),
      income: { amount: `${60_000 + (scattered % 300) * 1_000}.00`, currency: 'CNY' },
    },
    branch: BRANCHES[place % BRANCHES.length]!,
  };
}
