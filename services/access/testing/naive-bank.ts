import { defaultRoles } from '../../../shared/access/default-roles.js';
import type { PermitText } from '../../../shared/events/access/values.js';
import type { AccessCommand } from '../commands.js';

interface Held {
  readonly id: string;
  readonly permits: () => readonly PermitText[];
  branch: string;
  readonly role: string;
  readonly from: number;
  readonly until: number;
  readonly isGrant: boolean;
}

/** What was accepted, kept in the plainest way: lists that are searched. Nothing of the module's own code. */
export class NaiveBank {
  readonly parents = new Map<string, string | undefined>();
  readonly roles = new Map<string, { permits: readonly PermitText[]; retired: boolean }>();
  readonly people = new Map<string, { status: 'active' | 'suspended' | 'left'; branch: string; held: Held[] }>();

  accept(command: AccessCommand, at: Date): void {
    const timeOf = (text: string | undefined, otherwise: number): number => (text === undefined ? otherwise : Date.parse(text));
    switch (command.kind) {
      case 'found':
        this.parents.set('head-office', undefined);
        for (const { name, permits } of defaultRoles) this.roles.set(name, { permits, retired: false });
        return;
      case 'open-branch':
        return void this.parents.set(command.branch, command.parent);
      case 'change-branch':
        return command.parent === undefined ? undefined : void this.parents.set(command.branch, command.parent);
      case 'define-role':
        return void this.roles.set(command.role, { permits: command.permits, retired: false });
      case 'change-role':
        if (command.permits) this.roles.get(command.role)!.permits = command.permits;
        return;
      case 'retire-role':
        this.roles.get(command.role)!.retired = true;
        return;
      case 'hire':
        return void this.people.set(command.staffId, { status: 'active', branch: command.branch, held: [] });
      case 'suspend':
      case 'reinstate':
      case 'leave':
        this.people.get(command.staffId)!.status = ({ suspend: 'suspended', reinstate: 'active', leave: 'left' } as const)[command.kind];
        return;
      case 'change-staff': {
        const person = this.people.get(command.staffId)!;
        if (command.branch === undefined) return;
        for (const one of person.held) if (!one.isGrant && one.branch === person.branch && at.getTime() < one.until) one.branch = command.branch;
        person.branch = command.branch;
        return;
      }
      case 'assign':
      case 'grant': {
        const { staffId, branch, from, until } = command;
        const role = command.kind === 'assign' ? command.role : command.granted.kind === 'role' ? command.granted.role : '';
        const own = command.kind === 'grant' && command.granted.kind === 'permission' ? [command.granted.permit] : undefined;
        const permits = (): readonly PermitText[] => own ?? (this.roles.get(role)!.retired ? [] : this.roles.get(role)!.permits);
        const id = command.kind === 'assign' ? command.assignmentId : command.grantId;
        return void this.people.get(staffId)!.held.push({ id, permits, branch, role, from: timeOf(from, at.getTime()), until: timeOf(until, Infinity), isGrant: command.kind === 'grant' });
      }
      case 'end-assignment':
      case 'end-grant': {
        const person = this.people.get(command.staffId)!;
        const id = command.kind === 'end-assignment' ? command.assignmentId : command.grantId;
        person.held = person.held.filter((one) => one.id !== id);
        return;
      }
      default:
        throw new Error(`not looked at: ${command.kind}`);
    }
  }

  private isBelow(branch: string, top: string): boolean {
    for (let at: string | undefined = branch; at !== undefined; at = this.parents.get(at)) if (at === top) return true;
    return false;
  }

  /** One line for every permission, reach and limit. */
  rights(id: string, at: Date): string[] {
    const person = this.people.get(id);
    if (person?.status !== 'active') return [];
    const lines = person.held.filter(({ from, until }) => from <= at.getTime() && at.getTime() < until).flatMap(({ permits, branch }) =>
      permits().map(({ permission, scope, limits }) => line(permission, scope, scope === 'branch' ? [...this.parents.keys()].filter((code) => this.isBelow(code, branch)) : [], limits)));
    return [...new Set(lines)].sort();
  }

  administrators(at: Date): string[] {
    return [...this.people.entries()].filter(([, { status, held }]) => status === 'active' && held.some(({ isGrant, from, until, permits }) =>
      !isGrant && from <= at.getTime() && until === Infinity && permits().some(({ permission, scope }) => permission === 'access.administer' && scope === 'all'))).map(([id]) => id);
  }
}

export const line = (permission: string, scope: string, branches: readonly string[], limits: Readonly<Record<string, string>> = {}): string =>
  `${permission} ${scope} ${[...branches].sort().join(',')} ${Object.entries(limits).map(String).sort().join(';')}`;
