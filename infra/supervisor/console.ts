/** What the person at the terminal sees: one line per step, with its time. Nothing else writes to standard output while the bank starts. */
export interface StartConsole {
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
  say(text: string): void;
}

export function startConsole(out: NodeJS.WriteStream, now: () => number): StartConsole {
  return {
    say: (text) => void out.write(`${text}\n`),
    async step(what, work) {
      const begun = now();
      const seconds = () => ((now() - begun) / 1000).toFixed(1);
      if (out.isTTY) out.write(`  ${what} …`);
      // A long step on a pipe or in a log shows that it lives.
      const alive = setInterval(() => out.write(out.isTTY ? `\r  ${what} … ${seconds()} s` : `  ${what} … ${seconds()} s\n`), out.isTTY ? 1_000 : 10_000);
      try {
        const result = await work();
        out.write(`${out.isTTY ? '\r' : ''}  ${what} (${seconds()} s)\u001b[K`.replace(out.isTTY ? '' : '\u001b[K', '') + '\n');
        return result;
      } catch (error) {
        out.write(`${out.isTTY ? '\r' : ''}  ${what}: failed after ${seconds()} s\n`);
        throw error;
      } finally {
        clearInterval(alive);
      }
    },
  };
}
