import { defineRejections, type CodeOf } from '../../shared/http/rejections.js';

/** In order of precedence. */
export const approvalRejections = defineRejections([
  { code: 'approval_not_found', status: 404, title: 'No such request for approval' },
  { code: 'approval_own', status: 403, title: 'Nobody decides on a request of their own' },
  { code: 'approval_of_another', status: 403, title: 'Only who requested it may withdraw it' },
  { code: 'approval_not_pending', status: 422, title: 'The request has been decided, withdrawn or has expired' },
  { code: 'approval_expired', status: 422, title: 'The request has expired' },
  { code: 'approval_unreadable', status: 422, title: 'What was requested cannot be read any more' },
]);
export type ApprovalCode = CodeOf<typeof approvalRejections>;
