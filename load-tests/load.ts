import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { foundBank } from './founding/found-bank.js';
import { runLoad, type LoadOptions } from './run-load.js';
import { SCENARIOS, UnknownScenario } from './scenarios/scenarios.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('must be a whole number, not below 0');
  return value;
};
const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above 0');
  return value;
};

const program = new Command('npm run load --').showHelpAfterError();

program.command('run', { isDefault: true }).description('runs scenarios on a bank and audits them')
  .argument('<scenario...>', `all, or of: ${SCENARIOS.map(({ name }) => name).join(', ')}`)
  .option('--data <folder>', 'a bank that `found` made; one as large as the scenarios need is founded, and removed afterwards, where absent')
  .option('--real', 'on a real Kafka and Redis', false)
  .option('--seconds <n>', 'length of one round', positive, 10)
  .option('--rounds <n>', 'rounds after the warm-up; the median is shown with its spread', count, 3)
  .option('--connections <n>', 'in place of each scenario\'s own', count)
  .option('--rate <n>', 'asks a second of the open loop; 70 % of what the closed loop reached where absent', positive)
  .option('--accounts <n>', 'accounts of the bank that is founded, in place of what the scenarios ask for', count)
  .option('--no-baseline', 'without the same on plain Postgres')
  .option('--out <folder>', 'where report.html and report.json go', 'load-report')
  .action(async (names: string[], options: LoadOptions) => {
    const differences = await runLoad(names, options, say);
    if (differences > 0) process.exitCode = 1;
  });

program.command('found').description('founds a bank of made-up people in a folder, for scenarios to run on')
  .requiredOption('--data <folder>', 'a folder that is not there yet')
  .option('--customers <n>', 'customers', count, 100_000)
  .option('--accounts <n>', 'accounts, the first of each customer first', count, 150_000)
  .option('--transactions <n>', 'transfers, deposits and withdrawals', count, 500_000)
  .action(async ({ data, ...founded }: { data: string; customers: number; accounts: number; transactions: number }) => {
    mkdirSync(path.dirname(path.resolve(data)), { recursive: true });
    await foundBank(path.resolve(data), founded, say);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UnknownScenario)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
