import { MappingUnusable } from './load-mapping.js';
import type { Mapping } from './mapping.js';
import { readSourceLines } from './source-lines.js';

/** Opens every file that the mapping declares and looks for its columns. Throws MappingUnusable with all that is missing: nothing may be sent before that is known. */
export async function checkFiles(mapping: Mapping, dir: string): Promise<void> {
  const faults: string[] = [];
  for (const name of Object.keys(mapping.files)) {
    const lines = readSourceLines(mapping, name, dir);
    try {
      await lines.next();
    } catch (error) {
      if (!(error instanceof MappingUnusable)) throw error;
      faults.push(...error.faults.map((fault) => (fault.startsWith('files.') ? fault : `files.${name}: ${fault}`)));
    } finally {
      await lines.return(undefined);
    }
  }
  if (faults.length > 0) throw new MappingUnusable(dir, faults);
}
