import { defineRejections, type CodeOf } from '../../shared/http/rejections.js';
import { signInRejections } from '../access/sign-in/rejections.js';

/** In order of precedence, sign-in's own first. */
export const ownSelfServiceRejections = defineRejections([
  { code: 'customer_cannot_sign_in', status: 422, title: 'Only people who are customers, and whose data may be processed, sign in for themselves' },
  { code: 'username_taken', status: 409, title: 'The name is taken, or looks like one that is' },
]);
export const selfServiceRejections = [...signInRejections, ...ownSelfServiceRejections] as const;
export type SelfServiceCode = CodeOf<typeof ownSelfServiceRejections>;
