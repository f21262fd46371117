import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DEMONSTRATION_PREFIX } from '../../services/access/demonstration-staff.js';
import { defaultRoles } from '../../shared/access/default-roles.js';
import { HEAD_OFFICE } from '../../shared/access/rights.js';
import { ProblemAnswer, type BankClient, type Created } from './http-client.js';

export interface DemonstrationPerson {
  readonly username: string;
  readonly role: string;
  readonly branch: string;
  readonly password: string;
}

/** Of the demonstration's customers. */
const BRANCHES = [['BJ-001', 'Beijing'], ['SH-001', 'Shanghai']] as const;
const AT: Readonly<Record<string, string>> = { teller: 'SH-001', 'relationship-manager': 'BJ-001', approver: 'SH-001', 'branch-manager': 'SH-001' };

export const demonstrationStaffFile = (dataDir: string): string => path.join(dataDir, 'demonstration-staff.json');

export function readDemonstrationStaff(dataDir: string): readonly DemonstrationPerson[] {
  const file = demonstrationStaffFile(dataDir);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as DemonstrationPerson[]) : [];
}

/** One person for each role a bank begins with; passwords are random, made once for a data folder and kept in a file that only its owner reads. */
function people(dataDir: string): readonly DemonstrationPerson[] {
  const file = demonstrationStaffFile(dataDir);
  if (!existsSync(file)) {
    const made = defaultRoles.map(({ name: role }): DemonstrationPerson =>
      ({ username: `${DEMONSTRATION_PREFIX}${role}`, role, branch: AT[role] ?? HEAD_OFFICE, password: randomBytes(15).toString('base64url') }));
    writeFileSync(`${file}.new`, JSON.stringify(made, null, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return readDemonstrationStaff(dataDir);
}

/** Through the ordinary API; done again after a crash in the middle it completes what is missing. */
export async function foundDemonstrationStaff(bank: BankClient, dataDir: string): Promise<void> {
  for (const [code, title] of BRANCHES) await bank.post('/v1/branches', { code, title, parent: HEAD_OFFICE }, `demonstration-branch-${code}`);
  for (const { username, role, branch, password } of people(dataDir)) {
    const title = defaultRoles.find(({ name }) => name === role)!.title;
    const { id } = await bank.post<Created>('/v1/staff', { username, branch, person: { name: `${title} (demonstration)` } }, `demonstration-staff-${role}`);
    await bank.post(`/v1/staff/${id}/assignments`, { role, branch }, `demonstration-role-${role}`, { 'if-match': '*' });
    const { token } = await bank.post<{ token: string }>(`/v1/staff/${id}/invitation`, {});
    await bank.post('/v1/invitations', { token, password }).catch((error: unknown) => {
      // Set before the crash.
      if (!(error instanceof ProblemAnswer) || error.problem.code !== 'password_used_before') throw error;
    });
  }
}
