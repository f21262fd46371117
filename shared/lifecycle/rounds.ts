/** Work that comes round until it is stopped. */
export interface Rounds {
  /** One round now; the one that is under way, where there is one. */
  round(): Promise<void>;
  /** Waits for the round that is under way. */
  stop(): Promise<void>;
}

/** The first round begins at once, each further one so long after the last has ended; never two at a time. `work` does not reject: what fails is for it to tell. */
export function startRounds(work: () => Promise<void>, everyMs: number): Rounds {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  const round = (): Promise<void> => {
    clearTimeout(timer);
    return (running ??= work().finally(() => {
      running = undefined;
      if (!stopped) timer = setTimeout(() => void round(), everyMs).unref();
    }));
  };
  void round();
  return {
    round,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
