import { defineRejections, type CodeOf, type PlatformCode } from '../../shared/http/rejections.js';

/**
 * Order of precedence: what is wrong in itself, then what is not there, then a stale If-Match, then one's own rights, then what is taken or ended,
 * then what the rest of the bank's order forbids. What shows only in what would come of it is told after all else: rights of one's own that a changed
 * role or tree would raise, and a bank without an administrator.
 */
export const accessRejections = defineRejections([
  { code: 'permission_unknown', status: 400, title: 'There is no such permission' },
  { code: 'limits_invalid', status: 400, title: 'A limit is not an amount of its currency' },
  { code: 'commands_invalid', status: 400, title: 'Only permits to decide on requests and to read them name commands, and only such as may wait for approval' },
  { code: 'never_held', status: 400, title: 'Such a command never waits for approval' },
  { code: 'views_invalid', status: 400, title: 'There is no such class of data' },
  { code: 'times_invalid', status: 400, title: 'The times are not in order' },
  { code: 'staff_not_found', status: 404, title: 'There is no such member of staff' },
  { code: 'client_not_found', status: 404, title: 'There is no such client' },
  { code: 'role_not_found', status: 404, title: 'There is no such role' },
  { code: 'approval_rule_not_found', status: 404, title: 'There is no such approval rule' },
  { code: 'branch_not_found', status: 404, title: 'There is no such branch' },
  { code: 'assignment_not_found', status: 404, title: 'The person has no such assignment' },
  { code: 'grant_not_found', status: 404, title: 'The person has no such grant' },
  { code: 'act_as_not_found', status: 404, title: 'The person does not act as anybody so' },
  { code: 'key_not_found', status: 404, title: 'The client has no such key' },
  { code: 'own_rights', status: 403, title: 'Nobody raises their own rights' },
  { code: 'client_beyond_own', status: 403, title: 'The client could do or see more than who asks for it: another must approve' },
  { code: 'staff_left', status: 409, title: 'The person has left the bank' },
  { code: 'client_revoked', status: 409, title: 'The client was revoked' },
  { code: 'username_reserved', status: 422, title: 'Usernames that begin with demo. are people of demonstrations only' },
  { code: 'username_taken', status: 409, title: 'The username, or one that looks like it, is taken' },
  { code: 'role_exists', status: 409, title: 'There is or was a role of this name' },
  { code: 'approval_rule_exists', status: 409, title: 'There is or was an approval rule of this name' },
  { code: 'branch_exists', status: 409, title: 'There is or was a branch of this code' },
  { code: 'client_exists', status: 409, title: 'There is or was a client of this name' },
  { code: 'already_assigned', status: 409, title: 'The person has this role at this branch already' },
  { code: 'branch_unknown', status: 422, title: 'The branch named does not exist' },
  { code: 'branch_closed', status: 422, title: 'The branch is closed' },
  { code: 'role_unknown', status: 422, title: 'The role named does not exist' },
  { code: 'role_retired', status: 422, title: 'The role was retired' },
  { code: 'approval_rule_retired', status: 422, title: 'The approval rule was retired' },
  { code: 'head_office_fixed', status: 422, title: 'The head office neither moves nor closes' },
  { code: 'branch_cycle', status: 422, title: 'A branch cannot stand below itself' },
  { code: 'branch_too_deep', status: 422, title: 'The tree of branches would be too deep' },
  { code: 'branch_in_use', status: 422, title: 'The branch still has staff, assignments, clients or branches below it' },
  { code: 'role_in_use', status: 422, title: 'Somebody still has the role' },
  { code: 'act_as_refused', status: 422, title: 'Nobody can act as this person' },
  { code: 'too_many', status: 422, title: 'There are as many as there may be' },
  { code: 'last_administrator', status: 422, title: 'The bank would be without an active administrator' },
]);
export type AccessCode = CodeOf<typeof accessRejections> | Extract<PlatformCode, 'if_match_stale'>;
