import type { Outcome, WriteRequest } from './decide-write.js';

export interface Write {
  readonly request: WriteRequest;
  readonly bytes: number;
  /** Epoch ms. */
  readonly deadlineAt: number;
  /** Called exactly once. */
  readonly answer: (outcome: Outcome) => void;
}

/** A write that is answered when its outcome is known or its deadline has passed, whatever comes first. */
interface Pending extends Write {
  answered: boolean;
}

const MAX_WAITING_BYTES = 32 * 1024 * 1024;
const MAX_GROUP_BYTES = 4 * 1024 * 1024;
const MAX_GROUP_WRITES = 1_000;

/** Writes on their way into the log, oldest first: those that wait, and the group that is being stored. */
export class WriteQueue {
  private waiting: Pending[] = [];
  private waitingBytes = 0;
  private group: readonly Pending[] = [];
  private roomListeners: (() => void)[] = [];

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  get full(): boolean {
    return this.waitingBytes > MAX_WAITING_BYTES;
  }

  /** The listener is told once. */
  onRoom(listener: () => void): void {
    this.roomListeners.push(listener);
  }

  push(write: Write): void {
    this.waiting.push({ ...write, answered: false });
    this.waitingBytes += write.bytes;
  }

  /** The oldest writes, as many as go together. Empty where nobody waits for them any more. */
  takeGroup(): readonly WriteRequest[] {
    let bytes = 0;
    let count = 0;
    for (const write of this.waiting) {
      if (count > 0 && (bytes + write.bytes > MAX_GROUP_BYTES || count === MAX_GROUP_WRITES)) break;
      bytes += write.bytes;
      count++;
    }
    this.group = this.waiting.slice(0, count).filter((write) => !write.answered);
    this.waiting = this.waiting.slice(count);
    this.waitingBytes -= bytes;
    if (!this.full) this.tellRoom();
    return this.group.map(({ request }) => request);
  }

  /** What became of the group, in the order it was taken. */
  answerGroup(outcomeOf: (index: number) => Outcome): void {
    this.group.forEach((write, index) => settle(write, outcomeOf(index)));
    this.group = [];
  }

  /** Turns away everybody who waits; the group that is being stored goes on. */
  clear(outcome: Outcome): void {
    for (const write of this.waiting) settle(write, outcome);
    this.waiting = [];
    this.waitingBytes = 0;
    this.tellRoom();
  }

  /** A write that waits longer than its deadline is answered "timeout": not written if it still waits, unknown if it is being stored. */
  expire(now: number): void {
    for (const write of [...this.group, ...this.waiting]) {
      if (write.deadlineAt <= now) settle(write, { kind: 'timeout' });
    }
  }

  private tellRoom(): void {
    const listeners = this.roomListeners;
    this.roomListeners = [];
    for (const listener of listeners) listener();
  }
}

const settle = (write: Pending, outcome: Outcome): void => {
  if (write.answered) return;
  write.answered = true;
  write.answer(outcome);
};
