export type ScanResult = { readonly outcome: 'clean' } | { readonly outcome: 'infected'; readonly finding: string };

/** Looks for malware. Adapters: `clamd.ts`, `test-file-scanner.ts`; `testing/scanner-contract.ts` runs on both. */
export interface MalwareScanner {
  /** As it stands in the log beside what it found. */
  readonly name: string;
  /** Throws, whatever it is, where it cannot say: then the document stays unscanned, and is never taken for clean. */
  scan(content: AsyncIterable<Buffer>, signal: AbortSignal): Promise<ScanResult>;
}

export class ScannerUnavailable extends Error {
  override readonly name = 'ScannerUnavailable';
}

/** Where none is configured nothing is ever clean. */
export const noScanner: MalwareScanner = {
  name: 'none',
  scan: async () => {
    throw new ScannerUnavailable('no scanner is configured: PASSBOOK_MALWARE_SCANNER');
  },
};
