/** What a masked value still shows. */
export type Mask = (text: string) => string;

const stars = (count: number): string => '*'.repeat(Math.max(0, count));

/** The first and the last characters of a text long enough that at least half stays hidden; of a shorter one, fewer. */
const ends = (first: number, last: number): Mask => (text) => {
  const characters = [...text];
  const shown = Math.floor(characters.length / 2);
  const tail = Math.min(last, shown);
  const head = Math.min(first, shown - tail);
  return `${characters.slice(0, head).join('')}${stars(characters.length - head - tail)}${tail === 0 ? '' : characters.slice(-tail).join('')}`;
};

/** The surname of a Chinese name (one character), the initial of another; not how long the rest is. */
export const maskName: Mask = (name) => `${[...name][0] ?? ''}**`;

/** +8613812345678 as +86138****5678, as phone numbers are customarily masked; of a shorter number at least half stays hidden. */
export const maskPhone: Mask = (phone) => (phone.length < 12 ? ends(0, 4)(phone) : `${phone.slice(0, -8)}****${phone.slice(-4)}`);

export const maskIdNumber: Mask = ends(3, 4);

export const maskAccountNumber: Mask = ends(0, 4);

/** The first letter and the domain. */
export const maskEmail: Mask = (email) => {
  const at = email.lastIndexOf('@');
  return at < 1 ? '***' : `${[...email][0]}***${email.slice(at)}`;
};

/** 1990-01-31 as 1990-**-**. */
export const maskDate: Mask = (date) => `${date.slice(0, 4)}-**-**`;

export const maskWhole: Mask = () => '***';
