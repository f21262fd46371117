import type { AdministrationEvent } from '../../shared/events/access/events.js';
import { accept, nothing, reject } from '../../shared/kernel/decision.js';
import { BOUNDS } from './bounds.js';
import type { BranchCommand, By } from './commands.js';
import { refusal, type AccessDecision, type Refused } from './decisions.js';
import { isAhead, type AccessState, type Branch } from './state.js';
import { depthOf, heightOf, subtreeOf } from './tree.js';

export function decideBranch(state: AccessState, command: BranchCommand, { at }: By): AccessDecision {
  const { branches } = state;
  const { branch: code } = command;
  if (command.kind === 'open-branch') {
    const { title, parent } = command;
    // Codes differ by more than capitals: people say them, and other systems fold them.
    if ([...branches.keys()].some((known) => known.toLowerCase() === code.toLowerCase())) return reject('branch_exists');
    return refusedParent(state, parent) ?? (branches.size >= BOUNDS.branches ? reject('too_many') : accept<AdministrationEvent>({ type: 'BranchOpened', data: { branch: code, title, parent } }));
  }
  const branch = branches.get(code);
  if (!branch) return reject('branch_not_found');
  if (!command.precondition(branch.revision)) return reject('if_match_stale', `the branch is at revision ${branch.revision}`);
  switch (command.kind) {
    case 'change-branch':
      return decideChange(state, code, branch, command);
    case 'close-branch':
      return decideClose(state, code, branch, at);
  }
}

function decideChange(state: AccessState, branch: string, known: Branch, { title = known.title, parent }: { readonly title?: string; readonly parent?: string }): AccessDecision {
  if (known.status === 'closed') return reject('branch_closed');
  const events: AdministrationEvent[] = [];
  if (title !== known.title) events.push({ type: 'BranchRenamed', data: { branch, before: known.title, after: title } });
  if (parent !== undefined && parent !== known.parent) {
    if (known.parent === null) return reject('head_office_fixed');
    const refused = refusedParent(state, parent, branch);
    if (refused) return refused;
    events.push({ type: 'BranchMoved', data: { branch, before: known.parent, after: parent } });
  }
  const [first, ...others] = events;
  return first ? accept(first, ...others) : nothing;
}

function decideClose({ branches, staff, clients }: AccessState, branch: string, known: Branch, at: Date): AccessDecision {
  if (known.status === 'closed') return nothing;
  if (known.parent === null) return reject('head_office_fixed');
  const moment = at.toISOString();
  const used = [...branches.values()].some(({ parent, status }) => parent === branch && status === 'open') || [...clients.values()].some((client) => client.status === 'active' && client.branch === branch)
    || [...staff.values()].some((one) => one.status !== 'left' && (one.branch === branch || [...one.assignments, ...one.grants].some((held) => held.branch === branch && isAhead(held, moment))));
  return used ? reject('branch_in_use') : accept<AdministrationEvent>({ type: 'BranchClosed', data: { branch } });
}

/** Why a branch cannot stand below this one. */
function refusedParent({ branches }: AccessState, parent: string, moved?: string): Refused | undefined {
  const refused = refusedBranch({ branches }, parent);
  if (refused) return refused;
  if (moved !== undefined && subtreeOf(branches, moved).has(parent)) return refusal('branch_cycle');
  const depth = depthOf(branches, parent) + 1 + (moved === undefined ? 0 : heightOf(branches, moved));
  return depth > BOUNDS.branchDepth ? refusal('branch_too_deep', `at most ${BOUNDS.branchDepth} levels below the head office`) : undefined;
}

/** Why nothing new may be at this branch. */
export function refusedBranch({ branches }: Pick<AccessState, 'branches'>, branch: string): Refused | undefined {
  const known = branches.get(branch);
  if (!known) return refusal('branch_unknown');
  return known.status === 'closed' ? refusal('branch_closed') : undefined;
}
