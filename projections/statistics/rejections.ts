import { defineRejections } from '../../shared/http/rejections.js';

export const statisticsRejections = defineRejections([
  { code: 'account_not_found', status: 404, title: 'No such account' },
  { code: 'statistics_too_large', status: 422, title: 'More than one answer holds' },
]);
