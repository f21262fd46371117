import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { mappingSchema, type Mapping } from './mapping.js';
import { referencesOf } from './references.js';

/** The mapping, or the folder it is for, cannot be used; `faults` name the nodes ("accounts.holders.role: …"). */
export class MappingUnusable extends Error {
  override readonly name = 'MappingUnusable';
  constructor(readonly path: string, readonly faults: readonly string[]) {
    super(`${path} cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

export interface LoadedMapping {
  readonly mapping: Mapping;
  /** SHA-256 of the file, hex: reports name the very mapping that made them. */
  readonly digest: string;
}

/** Reads and checks a mapping file. Throws MappingUnusable. */
export async function loadMapping(path: string): Promise<LoadedMapping> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new MappingUnusable(path, [(error as Error).message]);
  }
  const digest = createHash('sha256').update(text).digest('hex');
  return { mapping: parseMapping(text, path), digest };
}

export function parseMapping(text: string, path: string): Mapping {
  let data: unknown;
  try {
    data = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new MappingUnusable(path, [`is not JSON: ${(error as Error).message}`]);
  }
  const result = mappingSchema.safeParse(data);
  if (!result.success) throw new MappingUnusable(path, result.error.issues.flatMap((issue) => faultsOf(issue, [])));
  const faults = referencesOf(result.data);
  if (faults.length > 0) throw new MappingUnusable(path, faults);
  return result.data;
}

/** Of a union, only the branch that came furthest says what was meant. */
function faultsOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): string[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branches = [...issue.errors].sort((a, b) => depthOf(b) - depthOf(a));
    return branches[0]!.flatMap((inner) => faultsOf(inner, path));
  }
  return [`${path.map(String).join('.') || '(root)'}: ${issue.message}`];
}

// A branch of another kind altogether fails at its root; one that was meant fails inside, or for its own discriminator.
const depthOf = (issues: readonly z.core.$ZodIssue[]): number =>
  Math.max(0, ...issues.map((issue) => issue.path.length + innerDepth(issue)));

function innerDepth(issue: z.core.$ZodIssue): number {
  if (issue.code === 'invalid_union') return 0.5 + Math.max(0, ...issue.errors.map(depthOf));
  return issue.code === 'unrecognized_keys' ? 0.4 : 0;
}
