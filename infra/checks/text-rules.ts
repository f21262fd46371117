import type { ProjectFile } from './project-files.js';

interface TextRule {
  readonly name: string;
  readonly appliesTo: (path: string) => boolean;
  readonly pattern: RegExp;
}

const isCode = (path: string): boolean => /\.(ts|mjs|js)$/.test(path);
const isTest = (path: string): boolean => path.endsWith('.test.ts');
/** The rules themselves and their negative examples name what they forbid. */
const isRule = (path: string): boolean => path.startsWith('infra/checks/');

export const TEXT_RULES: readonly TextRule[] = [
  {
    name: 'process.env read outside shared/config, tests, and the runners of infra and load-tests',
    appliesTo: (path) => isCode(path) && !isTest(path) && !isRule(path) && !/^(shared\/config|infra|shared\/testing|load-tests)\//.test(path),
    pattern: /\bprocess\s*(\.\s*env\b|\[\s*['"]env['"])|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b|import\s*\{[^}]*\benv\b[^}]*\}\s*from\s*'(node:)?process'/,
  },
  {
    name: 'a test that shuts out the others (only)',
    appliesTo: (path) => isTest(path) && !isRule(path),
    pattern: /\b(test|t|describe|it|suite)\s*\.\s*only\b|\bonly\s*:\s*true\b/,
  },
  {
    name: 'a test that sleeps: eventually() waits for a condition, randomMoment() strikes, letTimePass() says why',
    appliesTo: (path) => isTest(path) && !isRule(path) && !path.startsWith('shared/testing/'),
    pattern: /setTimeout\b.*timers\/promises|setTimeout\(\s*(resolve|res|r|done|ok)\b|=>\s*setTimeout\(|\bpromisify\(\s*setTimeout\b|\bawait\s+(sleep|delay|pause|wait)\(/,
  },
  {
    name: 'a path of one machine',
    appliesTo: (path) => !isRule(path),
    pattern: /(?<![\w.~}-])\/(work\/(main|shared|\.library)|root\/|home\/[a-z]|Users\/[A-Za-z]|tmp\/pb\b)/,
  },
  {
    name: 'the host of a package registry',
    appliesTo: (path) => !isRule(path),
    pattern: /\b(registry\.(npmjs\.org|yarnpkg\.com)|repo1?\.maven\.(apache\.)?org|deb\.debian\.org|archive\.ubuntu\.com|pypi\.org|proxy\.golang\.org|crates\.io)\b|"resolved":\s*"https?:/,
  },
];

const VAGUE = /^(utils?|helpers?|common|managers?|misc)$|[-_.](utils?|helpers?|managers?)$/i;

/** One line per violation: `path:line: rule`. */
export const checkTexts = (files: readonly ProjectFile[]): string[] => files.flatMap(({ path, text }) => [
  ...(hasVagueName(path) ? [`${path}: a name that says nothing (utils, helpers, common, manager)`] : []),
  ...TEXT_RULES.filter(({ appliesTo }) => appliesTo(path)).flatMap(({ name, pattern }) =>
    text.split('\n').flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${name}`] : []))),
]);

const hasVagueName = (path: string): boolean =>
  path.split('/').some((part) => VAGUE.test(part.replace(/(\.(test|int|e2e|properties|d))*\.\w+$/, '')));
