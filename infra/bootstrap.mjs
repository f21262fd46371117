// What every npm script calls, before anything is installed or built: nothing but Node's own modules may be imported here.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => path.join(root, ...parts);
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const say = (text) => process.stderr.write(`${text}\n`);

/** The word given to this file, and the compiled program it stands for. */
const ENTRIES = {
  start: ['dist/main.js', 'all'],
  audit: ['dist/main.js', 'audit'],
  import: ['dist/main.js', 'import'],
  test: ['dist/infra/test-run.js'],
  load: ['dist/load-tests/load.js'],
  schemas: ['dist/infra/schemas.js'],
};

const checkNode = () => {
  const wanted = readJson(at('package.json')).engines.node;
  const least = wanted.replace('>=', '').split('.').map(Number);
  const have = process.versions.node.split('.').map(Number);
  const isOlder = least.some((part, i) => have[i] < part && least.slice(0, i).every((before, j) => have[j] === before));
  if (isOlder) throw new Error(`Passbook needs Node ${wanted}; this is ${process.versions.node} (${process.execPath})`);
};

/** Runs a step that may take long: a line when it begins, the seconds while it runs on a terminal, its output only when it fails. */
const step = (title, command, args) => new Promise((resolve, reject) => {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const isTerminal = process.stderr.isTTY === true;
  if (!isTerminal) say(`${title} …`);
  const draw = () => process.stderr.write(`\r${title} … ${seconds()} s`);
  const ticking = isTerminal ? setInterval(draw, 500) : setInterval(() => say(`${title} … ${seconds()} s`), 15_000);
  if (isTerminal) draw();
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text; });
  const finish = (failure) => {
    clearInterval(ticking);
    if (isTerminal) process.stderr.write('\r\x1b[K');
    if (failure === undefined) resolve();
    else reject(new Error(`${title}: failed (${failure})\n${output.trim()}`));
  };
  child.once('error', (error) => finish(error.message));
  child.once('close', (code, signal) => finish(code === 0 ? undefined : signal ?? `exit code ${code}`));
});

/** npm writes node_modules/.package-lock.json last: an interrupted installation has none, an outdated one another. */
const isInstalled = () => {
  if (!existsSync(at('node_modules', '.package-lock.json'))) return false;
  const wanted = readJson(at('package-lock.json')).packages;
  const have = readJson(at('node_modules', '.package-lock.json')).packages;
  return Object.entries(wanted).every(([name, { version, optional, devOptional }]) =>
    name === '' || have[name]?.version === version || (have[name] === undefined && (optional || devOptional)));
};

const install = async () => {
  const stamp = at('node_modules', '.passbook-installed');
  const lock = createHash('sha256').update(readFileSync(at('package-lock.json'))).update(`${process.platform} ${process.arch}`).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  if (!isInstalled()) {
    // npm would empty the folder that the link points to, which is somebody else's.
    if (lstatSync(at('node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) throw new Error('node_modules is a link and lacks what package-lock.json names: install where it points to');
    // Nothing here needs an install script, so none is run; development tools are needed, because the program is compiled here.
    const args = ['ci', '--include=dev', '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier'];
    const npm = process.env.npm_execpath;
    if (npm !== undefined && /npm-cli\.[cm]?js$/.test(npm)) await step('installing packages', process.execPath, [npm, ...args]);
    else await step('installing packages', 'npm', args);
  }
  writeFileSync(stamp, lock);
};

const filesBelow = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name)).sort();

const build = async () => {
  const included = readJson(at('tsconfig.json')).include.map((name) => at(name)).filter((name) => existsSync(name));
  const sources = included.flatMap((name) => (statSync(name).isDirectory() ? filesBelow(name) : [name])).filter((file) => file.endsWith('.ts'));
  const hash = createHash('sha256').update(readFileSync(at('tsconfig.json'))).update(readFileSync(at('package-lock.json')));
  for (const file of sources) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${path.relative(root, file)} ${size} ${mtimeMs}\n`);
  }
  const wanted = hash.digest('hex');
  const stamp = at('dist', '.passbook-built');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  removeStale(new Set(sources.map((file) => path.relative(root, file))));
  await step('compiling', process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc')]);
  writeFileSync(stamp, wanted);
};

/** The compiled form of a source that was deleted or renamed must neither run as a test nor be imported. */
const removeStale = (sources) => {
  if (!existsSync(at('dist'))) return;
  for (const file of filesBelow(at('dist'))) {
    const relative = path.relative(at('dist'), file);
    if (/\.js(\.map)?$/.test(relative) && !sources.has(relative.replace(/\.js(\.map)?$/, '.ts'))) rmSync(file, { force: true });
  }
};

/** One installation or build at a time: `npm start` and `npm test` may be called together in one checkout. */
const alone = async (work) => {
  const lock = at('.tools', 'bootstrap.lock');
  mkdirSync(path.dirname(lock), { recursive: true });
  for (let told = false; ;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isAbandoned(lock)) rmSync(lock, { force: true });
    else if (!told) {
      say('waiting for another Passbook command to finish installing or compiling …');
      told = true;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  try {
    await work();
  } finally {
    rmSync(lock, { force: true });
  }
};

/** Left by a process that was killed. A lock just made may not hold its pid yet. */
const isAbandoned = (lock) => {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (!(pid > 0)) return Date.now() - statSync(lock).mtimeMs > 5_000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
};

const [word, ...rest] = process.argv.slice(2);
try {
  if (word !== 'build' && !(word in ENTRIES)) throw new Error(`usage: node infra/bootstrap.mjs ${['build', ...Object.keys(ENTRIES)].join(' | ')} [arguments]`);
  checkNode();
  await alone(async () => { await install(); await build(); });
} catch (error) {
  say(error.message);
  process.exit(1);
}
if (word !== 'build') {
  // In this very process: signals, exit codes and the terminal then need no forwarding.
  const [entry, ...leading] = ENTRIES[word];
  process.argv = [process.execPath, at(entry), ...leading, ...rest];
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(at(entry)).href);
}
