import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * The compiled test files under the paths given (sources or compiled files, files or folders; all without any), relative to the checkout.
 * A compiled file whose source is gone is left out.
 * @throws Error for a path that names no test
 */
export const selectTestFiles = (checkout: string, paths: readonly string[]): string[] => {
  const all = readdirSync(path.join(checkout, 'dist'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.js') && existsSync(path.join(checkout, file.replace(/js$/, 'ts'))))
    .map((file) => path.join('dist', file))
    .sort();
  if (paths.length === 0) return all;
  const chosen = new Set(paths.flatMap((wanted) => {
    const compiled = path.normalize(path.relative(checkout, path.resolve(checkout, wanted))).replace(/\.ts$/, '.js').replace(/^(?!dist(\/|$))/, 'dist/');
    const found = all.filter((file) => file === compiled || file.startsWith(`${compiled.replace(/\/$/, '')}/`));
    if (found.length === 0) throw new Error(`no test at ${wanted}`);
    return found;
  }));
  return all.filter((file) => chosen.has(file));
};

/** Whether any of them may ask for a real server: those without input and output need none. */
export const needsParts = (files: readonly string[]): boolean => files.some((file) => /\.(int|e2e)\.test\.js$/.test(file));

/** Long ones first, so that the last minutes are not spent on one core. */
export const longestFirst = (checkout: string, files: readonly string[]): string[] => {
  const weight = (file: string): number => (file.endsWith('.e2e.test.js') ? 1e9 : file.endsWith('.int.test.js') ? 1e6 : 0) + statSync(path.join(checkout, file)).size;
  return [...files].sort((a, b) => weight(b) - weight(a));
};
