import { Command, InvalidArgumentError } from 'commander';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readTls, type TlsMaterial } from '../../shared/tls/tls-files.js';
import { ConfigFault, loadConfig } from '../../shared/config/config.js';
import { BankUnavailable } from './bank-client.js';
import { loadMapping, MappingUnusable } from './load-mapping.js';
import { BarProgress } from './progress.js';
import { runImport } from './run-import.js';
import { isComplete, summaryInWords } from './summary.js';

/** What the process answers its caller. */
const EXIT = { complete: 0, incomplete: 1, unusable: 2, unreachable: 3 } as const;

interface Flags {
  readonly mapping: string;
  readonly url?: string;
  readonly token?: string;
  readonly concurrency: number;
  readonly patience: number;
  readonly report: string;
  readonly state: string;
}

/** `passbook import`: sets process.exitCode to one of EXIT; the summary is on stdout, progress and trouble on stderr. */
export const importCommand = (): Command =>
  new Command('import')
    .description('Bring a bank\'s CSV files in through the ordinary commands of a running bank; restartable without doubling')
    .argument('<dir>', 'folder with the files')
    .requiredOption('--mapping <file>', 'mapping (JSON) that says how the files become commands')
    .option('--url <url>', 'the running bank (default: the configured host and port)', httpUrl)
    .option('--token <token>', 'bearer token, always of one client: keys are per client (default: PASSBOOK_BOOTSTRAP_TOKEN, or the bank\'s file)')
    .option('--report <file>', 'a JSON line for every line of the files', 'import-report.jsonl')
    .option('--state <file>', 'what is in already, to go faster after a restart; never needed', 'import-state.jsonl')
    .option('--concurrency <requests>', 'requests under way at once', wholeNumber(1, 256), 32)
    .option('--patience <seconds>', 'how long a command is sent again before the bank counts as gone', wholeNumber(1, 86_400), 120)
    .addHelpText('after', `
Exit codes: ${EXIT.complete} everything is in; ${EXIT.incomplete} lines were refused or balances differ (see the report);
            ${EXIT.unusable} usage, mapping or token wrong; ${EXIT.unreachable} bank unreachable.`)
    // commander's own errors leave with 1, which here means refused lines.
    .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.complete : EXIT.unusable))
    .action(async (dir: string, flags: Flags) => {
      process.exitCode = await importFolder(dir, flags);
    });

async function importFolder(dir: string, flags: Flags): Promise<number> {
  try {
    const { url, token, tls } = await bankOf(flags);
    if (!(await stat(dir).then((entry) => entry.isDirectory(), () => false))) throw new MappingUnusable(dir, ['is not a folder']);
    const summary = await runImport(await loadMapping(flags.mapping), dir, {
      url, token, ...(tls && { tls }), concurrency: flags.concurrency, patienceMs: flags.patience * 1000, projectionPatienceMs: 10_000,
      reportPath: flags.report, statePath: flags.state, progress: new BarProgress(),
    });
    process.stdout.write(`${summaryInWords(summary)}\n`);
    return isComplete(summary) ? EXIT.complete : EXIT.incomplete;
  } catch (error) {
    if (error instanceof MappingUnusable || error instanceof ConfigFault) {
      process.stderr.write(`${error.message}\n`);
      return EXIT.unusable;
    }
    if (error instanceof BankUnavailable) {
      process.stderr.write(`${error.message}\nWhat is in stays in: run the same command again to go on.\n`);
      return error.why === 'unauthorised' ? EXIT.unusable : EXIT.unreachable;
    }
    throw error;
  }
}

async function bankOf(flags: Flags): Promise<{ url: string; token: string; tls?: TlsMaterial }> {
  const config = loadConfig();
  // A bank on this machine keeps the token it made; its supervisor alone may make one.
  const kept = () => readFile(join(config.dataDir, 'bootstrap-token'), 'utf8').then((text) => text.trim(), () => undefined);
  const token = flags.token ?? config.bootstrapToken ?? (flags.url === undefined ? await kept() : undefined);
  if (token === undefined) throw new ConfigFault(['there is no --token and PASSBOOK_BOOTSTRAP_TOKEN is not set: npm start prints the token it made']);
  const scheme = config.httpTls ? 'https' : 'http';
  return { url: flags.url ?? `${scheme}://${config.httpHost}:${config.httpPort}`, token, ...(config.tls && { tls: readTls(config.tls) }) };
}

const httpUrl = (text: string): string => {
  if (!/^https?:/.test(text) || !URL.canParse(text)) throw new InvalidArgumentError('It must be a URL that begins with http:// or https://.');
  return text;
};

const wholeNumber = (least: number, most: number) => (text: string): number => {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  return value;
};
