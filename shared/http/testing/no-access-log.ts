import type { AccessLog } from '../access-record.js';

/** For tests of other things. */
export const noAccessLog: AccessLog = { record: async () => {}, refused: () => {} };
