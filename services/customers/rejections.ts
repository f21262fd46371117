import { defineRejections, type CodeOf } from '../../shared/http/rejections.js';

/** In order of precedence. What is wrong in itself comes before all of them, as `request_invalid`. */
export const customerRejections = defineRejections([
  { code: 'customer_not_found', status: 404, title: 'No such customer' },
  { code: 'customer_not_yet_registered', status: 404, title: 'The customer was not registered yet at that moment' },
  { code: 'customer_erased', status: 422, title: 'The customer\'s data has been erased' },
  { code: 'customer_duplicate', status: 409, title: 'A customer with this ID document or credit code exists' },
  { code: 'customer_identity_claimed', status: 409, title: 'This ID document or credit code is being registered at this moment; try again' },
  { code: 'customer_probable_duplicate', status: 409, title: 'This is probably a customer already' },
]);
export type CustomerCode = CodeOf<typeof customerRejections> | 'request_invalid' | 'if_match_stale';
