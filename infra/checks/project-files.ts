import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

export interface ProjectFile { readonly path: string; readonly text: string }

const NEVER = new Set(['node_modules', 'dist', '.git', '.tap', '.tools', '.passbook']);

/** The project's own text files: those git knows or would take; without git, all but what is made or installed. */
export const projectFiles = (root: string): ProjectFile[] =>
  list(root).filter((file) => existsSync(path.join(root, file)) && statSync(path.join(root, file)).isFile())
    .map((file) => ({ path: file, text: readFileSync(path.join(root, file), 'utf8') }))
    .filter(({ text }) => !text.includes('\0'));

const list = (root: string): string[] => {
  try {
    return execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\0').filter((file) => file !== '');
  } catch {
    return walk(root, '');
  }
};

const walk = (root: string, folder: string): string[] =>
  readdirSync(path.join(root, folder), { withFileTypes: true }).filter(({ name }) => !NEVER.has(name)).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    return entry.isDirectory() ? walk(root, file) : entry.isFile() ? [file] : [];
  });
