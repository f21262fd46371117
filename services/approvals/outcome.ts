import type { RunAnswer } from '../../shared/http/approved-runs.js';
import type { ApprovalCommand } from './commands.js';

/** What the answer to an approved command means for its approval. What is not known to be final is tried again. */
export function outcomeOf({ status, body }: RunAnswer): Extract<ApprovalCommand, { kind: 'note-executed' | 'note-refused' }> | 'later' {
  if (status >= 200 && status < 300) return { kind: 'note-executed', recordId: String(body['id']), position: String(body['position']) };
  if (status >= 500 || status === 408 || status === 429) return 'later';
  return { kind: 'note-refused', code: String(body['code']) };
}
