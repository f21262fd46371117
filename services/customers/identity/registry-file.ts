import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ProviderUnavailable, type IdentityRegistry } from './providers.js';

const personsSchema = z.array(z.strictObject({ name: z.string().min(1).max(200), number: z.string().min(1).max(60), reference: z.string().min(1).max(120).optional() })).max(1_000_000);
const plain = (name: string): string => name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();

/** Persons known from a file, JSON `[{name, number, reference?}]`, read anew for each check: for banks that are given a list, and for tests. */
export function registryFile(file: string): IdentityRegistry {
  return {
    name: 'registry-file',
    async check({ name, number }, signal) {
      const persons = personsSchema.safeParse(JSON.parse(await readFile(file, { encoding: 'utf8', signal })));
      if (!persons.success) throw new ProviderUnavailable('the registry\'s file is not a list of {name, number}');
      const known = persons.data.find((one) => one.number.toUpperCase() === number.toUpperCase());
      if (!known) return { outcome: 'not-found' };
      return { outcome: plain(known.name) === plain(name) ? 'match' : 'mismatch', ...(known.reference !== undefined && { reference: known.reference }) };
    },
  };
}
