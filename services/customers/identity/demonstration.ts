import { createHash } from 'node:crypto';
import type { FaceMatch, IdentityRegistry } from './providers.js';

/** For the demonstration bank alone: nobody is asked. Numbers that end with 0 are unknown, those that end with 9 another person's; all others match. */
export const demonstrationRegistry: IdentityRegistry = {
  name: 'demonstration-registry',
  async check({ number }) {
    const outcome = number.endsWith('0') ? 'not-found' : number.endsWith('9') ? 'mismatch' : 'match';
    return { outcome, reference: `demonstration-${createHash('sha256').update(number).digest('hex').slice(0, 12)}` };
  },
};

const ALIKE = 0.8;

/** For the demonstration bank alone: looks at no face. The same file twice is the same person; for two others the score comes of their hash, always the same. */
export const demonstrationFaceMatch: FaceMatch = {
  name: 'demonstration-face-match',
  async compare(document, live) {
    const hash = createHash('sha256').update(createHash('sha256').update(document).digest()).update(createHash('sha256').update(live).digest()).digest();
    const score = document.equals(live) ? 1 : Math.round((hash.readUInt32BE() / 0xffffffff) * 100) / 100;
    return { outcome: score >= ALIKE ? 'match' : 'mismatch', score, reference: `demonstration-${hash.toString('hex').slice(0, 12)}` };
  },
};
