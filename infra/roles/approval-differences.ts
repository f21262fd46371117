import type { FieldDifference } from '../../services/approvals/routes.js';
import type { KnownApproval } from '../../services/approvals/state.js';
import { mergePatch, type Json } from '../../services/customers/merge-patch.js';
import { customerRecord } from '../../services/customers/state.js';
import type { Records } from '../../shared/records/record.js';

const BESIDE = new Set(['channel', 'reason', 'evidence']);

/** What a held change of a customer would change, against the customer as it is now. */
export const approvalDifferences = (records: Records) => async ({ method, route, request }: KnownApproval): Promise<readonly FieldDifference[] | undefined> => {
  if (request === undefined || method !== 'PATCH' || route !== '/v1/customers/:id') return undefined;
  const state = (await records.load(customerRecord, request.params['id']!))?.state;
  if (state?.status !== 'active') return [];
  const { branch, manager, profile } = state;
  const before = { branch, manager, ...profile } as unknown as Readonly<Record<string, Json>>;
  const after = mergePatch(before as Json, request.body as Json) as Readonly<Record<string, Json>>;
  return Object.keys(request.body as object).filter((field) => !BESIDE.has(field)).map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null }));
};
