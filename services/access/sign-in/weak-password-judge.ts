import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english } from '@zxcvbn-ts/language-en';
import { parentPort } from 'node:worker_threads';
import type { JudgeAnswer, JudgeQuestion, Weakness } from './weak-passwords.js';

/** Of 0 to 4; 3: more than 10^8 guesses. */
const LEAST_SCORE = 3;
/** A name of fewer letters stands in many words by chance. */
const LEAST_NAME = 4;
/** The estimate's time grows with the square of the length; what is long beyond this is judged by its beginning. */
const JUDGED_CHARACTERS = 48;

const zxcvbn = new ZxcvbnFactory({ dictionary: { ...common, ...english }, graphs: adjacencyGraphs });

function weaknessOf(password: string, about: readonly string[]): Weakness | undefined {
  const { score, sequence } = zxcvbn.check(password.slice(0, JUDGED_CHARACTERS), [...about, 'passbook', 'bank']);
  const [only] = sequence;
  if (sequence.length === 1 && only !== undefined && (only as { dictionaryName?: string }).dictionaryName?.startsWith('passwords')) return 'known';
  if (about.some((word) => word.length >= LEAST_NAME && password.toLowerCase().includes(word.toLowerCase()))) return 'guessable';
  return score < LEAST_SCORE ? 'guessable' : undefined;
}

/** A thread of weak-passwords.ts. */
parentPort!.on('message', ({ id, password, about }: JudgeQuestion) => {
  const answer: JudgeAnswer = { id, weakness: weaknessOf(password, about) };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
  parentPort!.postMessage(answer);
});
