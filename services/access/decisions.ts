import type { AdministrationEvent } from '../../shared/events/access/events.js';
import type { Decision, FieldError, Rejection } from '../../shared/kernel/decision.js';
import type { AccessCode } from './rejections.js';

export type AccessDecision = Decision<AdministrationEvent, AccessCode>;
export interface Refused {
  readonly outcome: 'reject';
  readonly rejection: Rejection<AccessCode>;
}

/** A refusal as one check among several gives it; `undefined` stands for "nothing against it". */
export const refusal = (code: AccessCode, detail?: string, errors?: readonly FieldError[]): Refused => ({
  outcome: 'reject',
  rejection: { code, ...(detail !== undefined && { detail }), ...(errors !== undefined && { errors }) },
});
