import { Parser, type Result } from 'tap-parser';

/** One assertion that failed, or a test that broke without one. */
export interface Failure {
  /** Names of the tests around it, outermost first, the assertion last. */
  readonly path: readonly string[];
  readonly diag: unknown;
}

/** What became of one test file. */
export interface FileOutcome {
  readonly file: string;
  readonly passed: number;
  readonly failures: readonly Failure[];
  /** "test: reason" of each. */
  readonly skipped: readonly string[];
  /** What the file printed beside its results: comments (seeds among them) and output. */
  readonly said: readonly string[];
  readonly timeMs: number;
}

interface Counts { passed: number; readonly failures: Failure[]; readonly skipped: string[]; readonly said: string[] }

/**
 * Reads a TAP stream of one subtest per file and counts assertions, not files or tests.
 * A file or test that fails without a failed assertion (a crash, a time-out, a wrong plan) counts as one failure;
 * one that asserts nothing at all counts as a failure too: it cannot tell anything.
 */
export const tally = (onFile: (outcome: FileOutcome) => void): NodeJS.WritableStream => {
  const root = new Parser();
  let current: Counts | undefined;
  root.on('child', (child: Parser) => { current = newCounts(); follow(child, [], current); });
  // What a file prints itself reaches the outermost parser, whichever test was running.
  root.on('extra', (text: string) => { if (text.trim() !== '') current?.said.push(text.trimEnd()); });
  root.on('assert', (result: Result) => {
    const counts = current ?? newCounts();
    current = undefined;
    const isSilent = counts.passed + counts.failures.length + counts.skipped.length === 0;
    if (!result.ok && counts.failures.length === 0) counts.failures.push({ path: [result.name], diag: result.diag });
    else if (isSilent) counts.failures.push({ path: [result.name], diag: { reason: 'no assertion ran in this file' } });
    onFile({ ...counts, file: result.name, timeMs: result.time ?? 0 });
  });
  return root;
};

const newCounts = (): Counts => ({ passed: 0, failures: [], skipped: [], said: [] });

const follow = (parser: Parser, path: readonly string[], counts: Counts): void => {
  // A subtest is followed by its own summary line in the parent, which is no assertion.
  let failuresBeforeChild: number | undefined;
  parser.on('child', (child: Parser) => {
    failuresBeforeChild = counts.failures.length;
    follow(child, [...path, child.name], counts);
  });
  parser.on('assert', (result: Result) => {
    const before = failuresBeforeChild;
    failuresBeforeChild = undefined;
    const here = [...path, result.name];
    if (result.skip !== false || result.todo !== false) counts.skipped.push(`${here.join(' > ')}: ${reasonOf(result)}`);
    else if (before === undefined && result.ok) counts.passed++;
    else if (!result.ok && (before === undefined || counts.failures.length === before)) counts.failures.push({ path: here, diag: result.diag });
  });
  parser.on('comment', (comment: string) => { if (!isBookkeeping(comment)) counts.said.push(comment.trim()); });
};

const reasonOf = ({ skip, todo }: Result): string => {
  const reason = skip !== false ? skip : todo;
  return typeof reason === 'string' && reason !== '' ? reason : 'no reason given';
};

const isBookkeeping = (comment: string): boolean => /^# (Subtest: |time=|No coverage generated|\{ total: )/.test(comment);
