import { inspect } from 'node:util';
import type { Failure, FileOutcome } from './tally.js';

/** One line for a file that passed; for one that failed, also what failed, where, and what the file printed. */
export const describeFile = (outcome: FileOutcome): string => {
  const { failures, skipped, passed, said } = outcome;
  const verdict = failures.length > 0 ? 'FAIL' : passed === 0 ? 'skip' : 'ok';
  const counts = [`${passed} passed`, failures.length > 0 && `${failures.length} failed`, skipped.length > 0 && `${skipped.length} skipped`].filter(Boolean).join(', ');
  const lines = [`${verdict.padEnd(4)}  ${(outcome.timeMs / 1000).toFixed(1).padStart(5)}s  ${outcome.file} (${counts})`];
  for (const skip of skipped) lines.push(`        - ${skip}`);
  for (const failure of failures) lines.push(...describeFailure(failure));
  if (failures.length > 0) lines.push(...said.map((text) => indent(text, '        | ')));
  return lines.join('\n');
};

/** The last line of every run, in the form that reporters of continuous integration know. */
export const closingLine = (totals: { passed: number; failed: number; skipped: number }): string =>
  `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`;

const describeFailure = ({ path, diag }: Failure): string[] => {
  const lines = [`      x ${path.join(' > ')}`];
  if (typeof diag !== 'object' || diag === null) return lines;
  const { diff, at, source, stack, ...rest } = diag as Record<string, unknown>;
  const place = at as { fileName?: string; lineNumber?: number } | undefined;
  if (place?.fileName !== undefined) lines.push(`        at ${place.fileName}:${place.lineNumber}`);
  if (typeof source === 'string') lines.push(indent(source.trimEnd(), '          '));
  if (typeof diff === 'string') lines.push(indent(diff.trimEnd(), '        '));
  const told = Object.entries(rest).filter(([name]) => !(typeof diff === 'string' && ['compare', 'found', 'wanted'].includes(name)));
  for (const [name, value] of told) lines.push(indent(`${name}: ${typeof value === 'string' ? value.trimEnd() : inspect(value, { depth: 6 })}`, '        '));
  if (typeof stack === 'string') lines.push(indent(stack.trimEnd(), '        '));
  return lines;
};

const indent = (text: string, by: string): string => text.split('\n').map((line) => by + line).join('\n');
