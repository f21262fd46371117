import { statSync } from 'node:fs';
import { Presets, SingleBar } from 'cli-progress';

/** Shows how far a file is: a bar on a terminal, a line now and then elsewhere; always on stderr. */
export interface Progress {
  begin(stage: string, path: string): void;
  reached(bytesRead: number): void;
  lineDone(): void;
  end(): void;
}

export const silentProgress: Progress = { begin() {}, reached() {}, lineDone() {}, end() {} };

export class BarProgress implements Progress {
  #bar: SingleBar | undefined;
  #lines = 0;
  #startedAt = 0;
  #last = 0;

  begin(stage: string, path: string): void {
    this.#lines = 0;
    this.#startedAt = performance.now();
    this.#last = 0;
    this.#bar = new SingleBar({
      format: `${stage.padEnd(12)} {bar} {percentage} % read · {lines} lines · {rate}/s`,
      stream: process.stderr, clearOnComplete: false, noTTYOutput: true, notTTYSchedule: 10_000, fps: 5,
    }, Presets.shades_classic);
    this.#bar.start(Math.max(1, statSync(path, { throwIfNoEntry: false })?.size ?? 1), 0, { lines: 0, rate: 0 });
  }

  reached(bytesRead: number): void {
    this.#last = bytesRead;
  }

  lineDone(): void {
    this.#lines++;
    this.#bar?.update(this.#last, { lines: this.#lines, rate: Math.round((1000 * this.#lines) / (performance.now() - this.#startedAt + 1)) });
  }

  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}
