import { defineRejections } from '../../shared/http/rejections.js';

/** The same codes as the ledger's commands answer. */
export const ledgerQueryRejections = defineRejections([
  { code: 'account_not_found', status: 404, title: 'No such account' },
  { code: 'hold_not_found', status: 404, title: 'No such hold' },
  { code: 'movement_not_found', status: 404, title: 'No such movement of money' },
]);
