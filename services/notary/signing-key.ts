import { createPrivateKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/** The key file is missing where it must be there, is readable by others, or holds no Ed25519 key. */
export class SigningKeyFault extends Error {
  override readonly name = 'SigningKeyFault';
}

/** The notary's Ed25519 key from a PKCS #8 PEM file of mode 0600; undefined where there is none. @throws SigningKeyFault */
export async function readSigningKey(file: string): Promise<KeyObject | undefined> {
  let pem: string;
  try {
    const { mode } = await stat(file);
    if ((mode & OTHERS) !== 0)
      throw new SigningKeyFault(`the notary's key ${file} has mode ${(mode & 0o777).toString(8)}: only its owner may read it (chmod 600)`);
    pem = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below: OpenSSL's own words could repeat what the file holds.
  }
  throw new SigningKeyFault(`the notary's key ${file} is no Ed25519 private key`);
}

/** As `readSigningKey`; made where there is none, once, whoever else makes it at the same time. */
export async function openSigningKey(file: string): Promise<KeyObject> {
  const there = await readSigningKey(file);
  if (there) return there;
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const unfinished = `${file}.${randomUUID()}.unfinished`;
  const handle = await open(unfinished, 'wx', OWNER_ONLY);
  try {
    await handle.chmod(OWNER_ONLY);
    await handle.writeFile(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(unfinished, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(unfinished, { force: true });
  }
  const made = await readSigningKey(file);
  if (!made) throw new SigningKeyFault(`the notary's key ${file} vanished while it was made`);
  return made;
}
