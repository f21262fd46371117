import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits, for whoever holds them; the prefix lets a scanner of sources and logs recognise a leaked one. */
export const newOpaqueToken = (prefix: string): string => `${prefix}_${randomBytes(32).toString('base64url')}`;

/** What is stored of it. Needs no salt and no work: the token is no word that could be guessed. */
export const hashOfToken = (token: string): Buffer => createHash('sha256').update(token).digest();
