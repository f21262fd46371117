import { readFileSync, writeFileSync } from 'node:fs';
import { freePort, isPortFree } from './free-port.js';

/** As many ports of 127.0.0.1 as asked for: those of the last start, kept in `file`, where they are still free, else new ones. */
export const keptPorts = async (file: string, count: number): Promise<number[]> => {
  const kept = read(file);
  const ports = new Set<number>();
  for (const port of kept) if (ports.size < count && await isPortFree(port)) ports.add(port);
  while (ports.size < count) ports.add(await freePort());
  writeFileSync(file, JSON.stringify([...ports]), { mode: 0o600 });
  return [...ports];
};

const read = (file: string): number[] => {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(value) ? value.filter((port): port is number => typeof port === 'number') : [];
  } catch {
    return [];
  }
};
