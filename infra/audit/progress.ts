import { Presets, SingleBar } from 'cli-progress';

/** Progress of long work, on standard error: a bar on a terminal, a line now and then elsewhere, so that standard output stays clean. */
export interface Progress {
  advance(done: bigint): void;
  finish(): void;
}

const LINE_EVERY_MS = 5_000;

export function startProgress(what: string, total: bigint, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (stream.isTTY) {
    const bar = new SingleBar({ format: `${what} {bar} {percentage} % | {eta_formatted} left`, stream, hideCursor: true, etaBuffer: 50 }, Presets.shades_classic);
    bar.start(Number(total), 0);
    return { advance: (done) => bar.update(Number(done)), finish: () => (bar.update(Number(total)), bar.stop()) };
  }
  let said = Date.now();
  return {
    advance(done) {
      if (Date.now() - said < LINE_EVERY_MS) return;
      said = Date.now();
      stream.write(`${what}: ${total > 0n ? (done * 100n) / total : 100n} %\n`);
    },
    finish: () => undefined,
  };
}
