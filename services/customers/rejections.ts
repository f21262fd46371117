import { defineRejections, type CodeOf } from '../../shared/http/rejections.js';

/** In order of precedence. What is wrong in itself comes before all of them, as `request_invalid`. */
export const customerRejections = defineRejections([
  { code: 'customer_not_found', status: 404, title: 'No such customer' },
  { code: 'customer_not_yet_registered', status: 404, title: 'The customer was not registered yet at that moment' },
  { code: 'merge_with_itself', status: 422, title: 'A record cannot be merged with itself' },
  { code: 'customer_merged', status: 422, title: 'The record was merged into another, whose id is given' },
  { code: 'customer_erased', status: 422, title: 'The customer\'s data has been erased' },
  { code: 'erasure_under_way', status: 422, title: 'The customer\'s data is being erased' },
  { code: 'customer_restricted', status: 422, title: 'The customer\'s data is kept and not processed' },
  { code: 'merge_under_way', status: 409, title: 'The record is being merged at this moment; try again' },
  { code: 'merge_not_found', status: 404, title: 'No such merge of this customer is in force' },
  { code: 'customer_not_restricted', status: 422, title: 'The customer is not restricted' },
  { code: 'erasure_not_requested', status: 422, title: 'Nobody asked for this customer to be erased' },
  { code: 'second_person_required', status: 403, title: 'Another person than the first must confirm' },
  { code: 'customer_has_open_accounts', status: 422, title: 'The customer holds accounts that are not closed' },
  { code: 'retention_not_over', status: 422, title: 'The law has the record kept' },
  { code: 'escrow_missing', status: 422, title: 'The bank has no escrow key that a backup could be sealed to' },
  { code: 'opening_not_found', status: 404, title: 'Nobody asked for such an opening of the backup' },
  { code: 'opening_not_approved', status: 422, title: 'No second person has approved the opening' },
  { code: 'opening_used', status: 422, title: 'The backup was opened for it already' },
  { code: 'backup_not_there', status: 422, title: 'There is no backup of the customer, or not any more' },
  { code: 'merge_kinds_differ', status: 422, title: 'A person and a company cannot be one' },
  { code: 'merge_identities_differ', status: 422, title: 'The two have different ID documents or credit codes, and nobody said that they are one all the same' },
  { code: 'merge_too_large', status: 422, title: 'Too many records would be one' },
  { code: 'merge_inconsistent', status: 422, title: 'The record that this leaves would not be right in itself' },
  { code: 'customer_duplicate', status: 409, title: 'A customer with this ID document or credit code exists' },
  { code: 'customer_identity_claimed', status: 409, title: 'This ID document or credit code is being registered at this moment; try again' },
  { code: 'customer_probable_duplicate', status: 409, title: 'This is probably a customer already' },
]);
export type CustomerCode = CodeOf<typeof customerRejections> | 'request_invalid' | 'if_match_stale';
