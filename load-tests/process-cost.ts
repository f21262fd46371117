import { readdirSync, readFileSync } from 'node:fs';

/** CPU time and memory of a process and everything below it, as Linux accounts them. */
export interface ProcessCost {
  readonly cpuMs: number;
  /** Proportional set size: memory shared between processes counts once. */
  readonly memoryBytes: number;
}

const TICKS_PER_SECOND = 100;

/** Cost by name of each of the given processes with its descendants; a process below two of them counts for the nearer one. */
export function costOf(processes: Readonly<Record<string, number>>): Record<string, ProcessCost> {
  const parents = new Map<number, number>();
  const cpu = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      parents.set(pid, Number(fields[1]));
      // Own time plus that of children that have ended: a Postgres session that closed still cost what it cost.
      cpu.set(pid, ((Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14])) * 1000) / TICKS_PER_SECOND);
    } catch {
      // Ended while we looked.
    }
  }
  const names = new Map(Object.entries(processes).map(([name, pid]) => [pid, name]));
  const costs: Record<string, { cpuMs: number; memoryBytes: number }> = Object.fromEntries([...names.values()].map((name) => [name, { cpuMs: 0, memoryBytes: 0 }]));
  for (const pid of cpu.keys()) {
    const name = ownerOf(pid, parents, names);
    if (name === undefined) continue;
    costs[name]!.cpuMs += cpu.get(pid)!;
    costs[name]!.memoryBytes += pssBytes(pid);
  }
  return costs;
}

function ownerOf(pid: number, parents: ReadonlyMap<number, number>, names: ReadonlyMap<number, string>): string | undefined {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) {
    const name = names.get(at);
    if (name !== undefined) return name;
  }
  return undefined;
}

function pssBytes(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
