import { isExpression } from './references.js';
import type { Mapping } from './mapping.js';
import { readSourceLines, type SourceLine } from './source-lines.js';

/** The files that others refer to, held in memory and found by the columns that the mapping asks for. */
export class Lookups {
  readonly #indexes = new Map<string, Map<string, SourceLine[]>>();
  private constructor(readonly lines: ReadonlyMap<string, readonly SourceLine[]>) {}

  static async load(mapping: Mapping, dir: string): Promise<Lookups> {
    const lines = new Map<string, SourceLine[]>();
    for (const name of filesLookedUp(mapping)) {
      const held: SourceLine[] = [];
      for await (const line of readSourceLines(mapping, name, dir)) held.push(line);
      lines.set(name, held);
    }
    return new Lookups(lines);
  }

  /** The lines of a file whose columns equal these values, in the file's order. */
  find(file: string, where: Readonly<Record<string, string>>): readonly SourceLine[] {
    const columns = Object.keys(where);
    const name = JSON.stringify([file, columns]);
    let index = this.#indexes.get(name);
    if (!index) {
      index = new Map();
      for (const line of this.lines.get(file) ?? []) {
        const key = JSON.stringify(columns.map((column) => line.values[column]));
        const found = index.get(key);
        if (found) found.push(line);
        else index.set(key, [line]);
      }
      this.#indexes.set(name, index);
    }
    return index.get(JSON.stringify(Object.values(where))) ?? [];
  }
}

function filesLookedUp(mapping: Mapping): Set<string> {
  const files = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (!Array.isArray(node) && isExpression(node) && node.from === 'lookup') files.add(node.file);
    Object.values(node).forEach(visit);
  };
  visit([mapping.customers, mapping.accounts, mapping.movements]);
  if (mapping.accounts?.holders) files.add(mapping.accounts.holders.file);
  return files;
}

