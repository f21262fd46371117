import fc from 'fast-check';
import t from 'tap';
import { seed } from '../../shared/testing/seed.js';
import { conserved } from './conservation.js';
import type { LedgerCommand } from './commands.js';
import { evolve } from './evolve.js';
import { Books, idOf } from './ledger-fixture.js';
import { NaiveLedger } from './naive-ledger.js';
import { commandRuns } from './testing/random-commands.js';
import { restoreState, stateHash, StateImage } from './state-image.js';
import { LedgerState } from './state.js';

t.comment(`seed ${seed}`);
const check = (property: fc.IProperty<[LedgerCommand[]]> | fc.IAsyncProperty<[LedgerCommand[]]>, numRuns = 150) => fc.assert(property as fc.IAsyncProperty<[LedgerCommand[]]>, { seed, numRuns });

t.test('money is conserved after every step and nobody falls below what is allowed', () =>
  check(fc.asyncProperty(commandRuns, async (commands) => {
    const books = Books.founded();
    commands.forEach((command, at) => {
      books.when(command, `c${at}`);
      const unbalanced = conserved(books.state);
      if (unbalanced) throw new Error(unbalanced);
    });
  })));

t.test('a refused command changes nothing', () =>
  check(fc.asyncProperty(commandRuns, async (commands) => {
    const books = Books.founded();
    commands.forEach((command, at) => {
      const before = stateHash(books.state);
      if (books.when(command, `c${at}`).outcome === 'reject' && stateHash(books.state) !== before) throw new Error(`c${at} ${command.kind}`);
    });
  }), 60));

t.test('undoing restores every earlier state exactly, and doing it again gives the same', () =>
  check(fc.asyncProperty(commandRuns, async (commands) => {
    const books = Books.founded();
    const marks: { mark: number; hash: string; events: number }[] = [];
    commands.forEach((command, at) => {
      marks.push({ mark: books.state.journal.mark(), hash: stateHash(books.state), events: books.events.length });
      books.when(command, `c${at}`);
    });
    const end = stateHash(books.state);
    for (const { mark, hash } of marks.toReversed()) {
      books.state.journal.undoTo(mark);
      if (stateHash(books.state) !== hash) throw new Error('another state');
    }
    for (const event of books.events.slice(marks[0]!.events)) evolve(books.state, event);
    if (stateHash(books.state) !== end) throw new Error('another end');
  }), 60));

t.test('the fold of the events, and a snapshot at any point with the rest, give the same state byte for byte', () =>
  check(fc.asyncProperty(commandRuns, async (commands) => {
    const books = Books.founded();
    commands.forEach((command, at) => void books.when(command, `c${at}`));
    const hash = stateHash(books.state);
    const folded = new LedgerState();
    const cut = Math.floor(books.events.length * 0.7);
    books.events.slice(0, cut).forEach((event) => evolve(folded, event));
    const image = new StateImage(folded);
    const chunks: Buffer[] = [];
    // The state goes on while its picture is taken.
    books.events.slice(cut).forEach((event) => evolve(folded, event));
    for (const chunk of image.chunks()) chunks.push(chunk);
    image.release();
    const restored = await restoreState(chunks);
    books.events.slice(cut).forEach((event) => evolve(restored, event));
    if (stateHash(folded) !== hash) throw new Error('the fold differs');
    if (stateHash(restored) !== hash) throw new Error('the snapshot differs');
  }), 60));

t.test('it does what a ledger of plain objects does', () =>
  check(fc.asyncProperty(commandRuns, async (commands) => {
    const books = Books.founded();
    const model = new NaiveLedger();
    commands.forEach((command, at) => {
      const name = `c${at}`;
      const done = books.when(command, name).outcome !== 'reject';
      const expected = model.run(command, idOf(name));
      if (done !== expected) throw new Error(`${name} ${command.kind}: ${done}, the model says ${expected}`);
      for (const id of model.accounts.keys()) {
        if (books.balance(id) !== model.accounts.get(id)!.balance) throw new Error(`${name} ${command.kind}: balance`);
        if (books.available(id) !== model.available(id)) throw new Error(`${name} ${command.kind}: available`);
      }
    });
  }), 300));

t.test('control: books that do not balance are noticed', async (t) => {
  const books = Books.founded();
  const account = books.account('a', '1.00');
  t.equal(conserved(books.state), undefined);
  books.state.accounts.setBalance(books.state.accounts.find(account), 101n);
  t.match(conserved(books.state), /CNY/);
});
