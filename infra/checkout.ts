import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const upToPackage = (folder: string): string =>
  existsSync(path.join(folder, 'package.json')) ? folder : upToPackage(path.dirname(folder));

/** The folder that holds package.json, seen from the compiled files as well. */
export const checkoutRoot = upToPackage(path.dirname(fileURLToPath(import.meta.url)));

/** Where downloads that do not come by npm are kept, shared by all checkouts of one user. */
export const cacheRoot = process.env['PASSBOOK_CACHE_DIR']
  ?? path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'passbook');
