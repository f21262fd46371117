import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { loadConfig } from '../../shared/config/config.js';
import { createLogger } from '../../shared/telemetry/logger.js';
import { foundDemonstration, type Demonstration } from '../demonstration/found-demonstration.js';
import { foundDemonstrationStaff, readDemonstrationStaff, type DemonstrationPerson } from '../demonstration/demonstration-staff.js';
import { bankClient } from '../demonstration/http-client.js';
import { firstAdministratorFile } from '../roles/first-administrator.js';
import { startConsole } from './console.js';
import { startBank, type RunningBank } from './supervisor.js';

export function startCommand(program: string): Command {
  return new Command('all')
    .alias('start')
    .description('start the whole bank on this machine')
    .option('--real', 'on a real Kafka and a real Redis, started here (needs Java, Maven and redis-server)', false)
    .option('--tls', 'everything over TLS, between all parts with certificates on both sides, made in the data folder', false)
    .option('--no-demo', 'do not found the demonstration bank on the first start')
    .action(async ({ real, tls, demo }: { real: boolean; tls: boolean; demo: boolean }) => {
      const terminal = startConsole(process.stdout, () => performance.now());
      const config = loadConfig(process.env);
      const told = new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
        // A program that started the bank over a channel (fork) and was killed: nobody else would stop it.
        process.once('disconnect', resolve);
        process.channel?.unref();
      });
      // Whoever reads may leave first (head, a closed terminal): that must not end the supervisor before its parts.
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
      terminal.say(`Passbook starts in ${path.resolve(config.dataDir)}`);
      let bank: RunningBank | undefined;
      try {
        bank = await startBank({ config, program, real, tls, demonstrates: demo, console: terminal, logger: createLogger({ ...config, logLevel: 'silent' }, 'supervisor') });
        const demonstration = demo ? await demonstrationOf(path.resolve(config.dataDir), bank, terminal) : undefined;
        terminal.say(banner(bank, path.resolve(config.dataDir), demonstration, demo ? readDemonstrationStaff(path.resolve(config.dataDir)) : []));
        await told;
        terminal.say('\nStopping …');
        await bank.stop();
        terminal.say('Stopped.');
      } catch (error) {
        await bank?.stop();
        throw error;
      }
    });
}

/** Founded once per data folder; the file says so, and where the founding was cut off it goes on. */
async function demonstrationOf(dataDir: string, bank: RunningBank, terminal: ReturnType<typeof startConsole>): Promise<Demonstration | undefined> {
  const file = path.join(dataDir, 'demonstration-founded');
  if (existsSync(file)) return undefined;
  const client = bankClient(bank.url, bank.token, bank.tls);
  const { items } = await client.get<{ items: unknown[] }>('/v1/customers?limit=1');
  const begun = path.join(dataDir, 'demonstration-begun');
  if (items.length > 0 && !existsSync(begun)) return undefined;
  writeFileSync(begun, '');
  const demonstration = await terminal.step('Demonstration bank', async () => {
    const founded = await foundDemonstration(client);
    await foundDemonstrationStaff(client, dataDir);
    return founded;
  });
  writeFileSync(file, '');
  return demonstration;
}

function banner({ url, token, unready, tls }: RunningBank, dataDir: string, demonstration: Demonstration | undefined, staff: readonly DemonstrationPerson[]): string {
  const curl = `curl -s${tls === undefined ? '' : ` --cacert ${path.join(dataDir, 'tls', 'ca.crt')}`}`;
  const request = demonstration
    ? `${curl} -H 'authorization: Bearer ${token}' '${url}/v1/customers/${demonstration.customerId}/history'`
    : `${curl} -H 'authorization: Bearer ${token}' '${url}/v1/customers?limit=5'`;
  const opening = unready === undefined ? ['The bank is open.'] : ['The bank is open, but not ready:', ...unready.split('; ').map((fault) => `  ${fault}`), ''];
  const first = existsSync(firstAdministratorFile(dataDir)) ? readFileSync(firstAdministratorFile(dataDir), 'utf8').trim() : undefined;
  const administrator = first === undefined ? [] : [
    '', '  Nobody administers this bank yet. Whoever sends this first does (once, within a day):',
    `  ${curl} -H 'content-type: application/json' '${url}/v1/first-administrator' -d '{"token":"${first}","username":"…","name":"…","password":"…"}'`,
  ];
  const people = staff.length === 0 ? [] : [
    '', '  People of the demonstration, for POST /v1/sign-in (only while it runs as one):',
    ...staff.map(({ username, branch, password }) => `  ${username.padEnd(28)} ${password}  ${branch}`),
  ];
  return ['', ...opening, `  API            ${url}/v1`, `  documentation  ${url}/docs`, `  token          ${token}`, '', '  Try:', `  ${request}`, ...people, ...administrator, '', 'Ctrl-C stops it.'].join('\n');
}
