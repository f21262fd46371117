import type { MalwareScanner } from './scanner.js';

/** The EICAR test file, which every scanner reports and which harms nobody; in two halves, so that no scanner reports this file. */
export const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}', '$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');

/** Knows the EICAR test file and nothing else: it shows that the way of a document works, and protects from nothing. */
export const testFileScanner: MalwareScanner = {
  name: 'test-file-only',
  async scan(content, signal) {
    const wanted = Buffer.from(EICAR);
    let end = Buffer.alloc(0);
    for await (const chunk of content) {
      signal.throwIfAborted();
      const looked = Buffer.concat([end, chunk]);
      if (looked.includes(wanted)) return { outcome: 'infected', finding: 'Eicar-Test-Signature' };
      end = looked.subarray(-(wanted.length - 1));
    }
    return { outcome: 'clean' };
  },
};
