import { build, type Histogram } from 'hdr-histogram-js';
import type { Attempt } from '../transfer-history.js';
import type { Answer, Ask } from '../scenarios/scenario.js';

const LONGEST_MICROS = 120_000_000;
const newHistogram = (): Histogram => build({ lowestDiscernibleValue: 1, highestTrackableValue: LONGEST_MICROS, numberOfSignificantValueDigits: 3 });

/** What one round measured, and what its answers promised. */
export class Recorder {
  /** Microseconds, answers of 2xx only, by kind of ask. */
  readonly latencies = new Map<string, Histogram>();
  /** Answers that were not 2xx, by kind and code; 0 where none came. */
  readonly others = new Map<string, number>();
  readonly attempts: Attempt[] = [];

  answered(ask: Ask, answer: Answer, micros: number): void {
    const isGood = answer.status >= 200 && answer.status < 300;
    if (isGood) {
      let histogram = this.latencies.get(ask.kind);
      if (!histogram) this.latencies.set(ask.kind, (histogram = newHistogram()));
      histogram.recordValue(Math.min(LONGEST_MICROS, Math.max(1, Math.round(micros))));
    } else {
      const what = `${ask.kind}: ${answer.status === 0 ? 'no answer' : `${answer.status} ${codeOf(answer)}`}`;
      this.others.set(what, (this.others.get(what) ?? 0) + 1);
    }
    if (ask.moves) this.attempts.push(...attemptsOf(ask, answer, isGood));
  }

  count(kinds: readonly string[]): number {
    return kinds.reduce((sum, kind) => sum + (this.latencies.get(kind)?.totalCount ?? 0), 0);
  }

  /** Of several kinds together. */
  latency(kinds: readonly string[]): Histogram {
    const together = newHistogram();
    for (const kind of kinds) {
      const one = this.latencies.get(kind);
      if (one) together.add(one);
    }
    return together;
  }
}

function attemptsOf({ key, moves }: Ask, answer: Answer, isGood: boolean): Attempt[] {
  if (!isGood) {
    const outcome: Attempt['outcome'] = answer.status >= 400 && answer.status < 500 ? { kind: 'refused', code: codeOf(answer) } : { kind: 'unknown' };
    return moves!.map((move) => ({ ...move, key: key!, outcome }));
  }
  const { id, position, lines } = JSON.parse(answer.body) as { id: string; position: string; lines?: readonly { id?: string; code?: string }[] };
  const at = BigInt(position);
  return moves!.map((move, index) => {
    const line = lines === undefined ? { id } : lines[index];
    return { ...move, key: lines === undefined ? key! : `${key}/${index}`, outcome: line?.id === undefined ? { kind: 'refused', code: line?.code ?? 'missing' } : { kind: 'answered', id: line.id, position: at } };
  });
}

function codeOf({ body }: Answer): string {
  return /"code":"([^"]+)"/.exec(body)?.[1] ?? '';
}
