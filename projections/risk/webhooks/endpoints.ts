import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { severitySchema, type Severity } from '../../../shared/events/risk/values.js';

/** A program that is told of alerts. Who runs the bank names each address in a file: nothing that anybody sends can make the bank call another. */
export interface Endpoint {
  readonly name: string;
  readonly url: string;
  /** The first signs as well as the last: while one is replaced by another both are there. */
  readonly secrets: readonly Buffer[];
  /** Told from this severity on. */
  readonly severity: Severity;
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);
const urlSchema = z.string().max(2_000).refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && url.username === '' && url.password === '' && (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname)));
}, 'must be an https address without a password; http on this machine alone');
const secretSchema = z.string().regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'must be whsec_ and 24 to 64 bytes in base64').transform((text) => Buffer.from(text.slice('whsec_'.length), 'base64'));
const endpointsSchema = z.array(z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,40}$/), url: urlSchema, secrets: z.array(secretSchema).min(1).max(4), severity: severitySchema.default('low'),
})).max(20).refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'two endpoints share one name');

/** JSON: `[{name, url, secrets, severity?}]`. Throws what is wrong, without the secrets. */
export function readEndpoints(file: string): readonly Endpoint[] {
  const parsed = endpointsSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file}: ${parsed.error.issues.map(({ path, message }) => `${path.join('/')} ${message}`).join('; ')}`);
  return parsed.data;
}
