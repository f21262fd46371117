import type { ProjectFile } from './project-files.js';

/** A line of the list of attacks. */
export interface Attack {
  readonly attack: string;
  readonly file: string;
  readonly title: string;
}

/** What must be tried, by words that a line about it holds. */
export const MUST_BE_TRIED: readonly RegExp[] = [
  /forged/, /expired/, /alg: none/, /issuer, audience/, /replayed refresh/, /TOTP/, /brute force/, /session fixation/, /privilege escalation by fields/, /another branch/, /own approval/, /IDOR/, /SQL injection/, /header injection/,
  /log injection/, /CSV injection/, /prototype pollution/, /oversized/, /deep bodies/, /slow headers/, /slow bodies/, /path traversal/, /timing of unknown users/, /cache side channel/, /search side channel/,
  /forged tokens/, /trying id after id/, /X-Forwarded-For/, /CSRF/, /CORS/, /clickjacking/, /malware/, /man in the middle/, /old root key/, /crossed tokens/,
];

export function attacksIn(page: string): Attack[] {
  return page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| attack ')).map((line) => {
    const [, attack = '', , tried = ''] = line.split(' | ').length === 3 ? ['', ...line.slice(2, -2).split(' | ')] : [];
    const [, file = '', title = ''] = /^`([^`]+)`: (.+)$/.exec(tried) ?? [];
    return { attack: attack || line, file, title };
  });
}

/** One line for every attack whose test is not there, and for every one that nobody tries. */
export function checkAttacks(page: string, files: readonly ProjectFile[]): string[] {
  const attacks = attacksIn(page);
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  return [
    ...attacks.flatMap(({ attack, file, title }) => {
      if (title === '') return [`${attack}: is tried by no test: \`path\`: title`];
      const text = texts.get(file);
      if (text === undefined) return [`${attack}: there is no ${file}`];
      return text.includes(`'${title.replaceAll('\'', '\\\'')}'`) ? [] : [`${attack}: ${file} has no test called "${title}"`];
    }),
    ...MUST_BE_TRIED.filter((words) => !attacks.some(({ attack }) => words.test(attack))).map((words) => `${words.source}: stands in no line`),
  ];
}
