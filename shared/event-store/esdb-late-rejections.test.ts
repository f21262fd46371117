import { spawnSync } from 'node:child_process';
import { test } from 'tap';
import { isLateAppendRejection } from './esdb-late-rejections.js';

const GUARD = new URL('./esdb-late-rejections.js', import.meta.url).href;
const from = (file: string): Error => Object.assign(new TypeError('undefined is not iterable'), { stack: `TypeError: undefined is not iterable\n    at x (${file}:1:1)` });
const APPENDING = '/bank/node_modules/@eventstore/db-client/dist/streams/appendToStream/batchAppend.js';

test('only what comes from the client\'s own appending counts as a late rejection', (t) => {
  t.ok(isLateAppendRejection(from(APPENDING)));
  t.ok(isLateAppendRejection(from('C:\\bank\\node_modules\\@eventstore\\db-client\\dist\\utils\\backpressuredWrite.js')));
  t.notOk(isLateAppendRejection(from('/bank/node_modules/@eventstore/db-client/dist/streams/readAll.js')));
  t.notOk(isLateAppendRejection(from('/bank/services/ledger/shard.js')));
  t.notOk(isLateAppendRejection('a thrown string'));
  t.end();
});

/** Runs a rejection that nobody handles in a process with the guard; its exit code. */
const exitCode = (reason: string): number | null =>
  spawnSync(process.execPath, ['--input-type=module', '-e', `
    import { guardAgainstLateRejections } from ${JSON.stringify(GUARD)};
    guardAgainstLateRejections(() => undefined);
    void Promise.reject(${reason});
    setTimeout(() => process.exit(0), 20);
  `]).status;

test('such a one does not end the process, any other still does', (t) => {
  t.equal(exitCode(`Object.assign(new TypeError('late'), { stack: 'at x (${APPENDING}:1:1)' })`), 0);
  t.equal(exitCode('new Error("a bug")'), 1);
  t.end();
});
