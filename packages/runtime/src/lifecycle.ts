/**
 * One way to live and die: parts are started in order and stopped in reverse; `stop` is idempotent, runs every
 * part even when one fails, and reports all failures together.
 */
export interface Part {
  readonly name: string;
  start?(): Promise<void> | void;
  stop?(): Promise<void> | void;
}

export interface Lifecycle {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function lifecycle(parts: readonly Part[]): Lifecycle {
  const running: Part[] = [];
  let stopping: Promise<void> | undefined;
  const stopAll = async () => {
    const failures: unknown[] = [];
    for (const part of running.splice(0).reverse()) {
      try {
        await part.stop?.();
      } catch (cause) {
        failures.push(new Error(`could not stop ${part.name}`, { cause }));
      }
    }
    if (failures.length) throw new AggregateError(failures, 'not every part stopped cleanly');
  };
  return {
    async start() {
      for (const part of parts) {
        // Pushed first: a part that fails half-way through its start still gets its stop.
        running.push(part);
        try {
          await part.start?.();
        } catch (cause) {
          await stopAll().catch(() => {}); // the start's own failure is the one to report
          throw new Error(`could not start ${part.name}: ${cause instanceof Error ? cause.message : cause}`, {
            cause,
          });
        }
      }
    },
    stop() {
      stopping ??= stopAll();
      return stopping;
    },
  };
}

/**
 * SIGINT, SIGTERM, SIGHUP and the parent's death stop once; a second one exits at once. Resolves with the exit code when stopped.
 * @param hardStopMs a stop that takes longer ends the process with code 1: a hung part may not keep it alive.
 */
export function runUntilSignal(
  life: Lifecycle,
  onError: (cause: unknown) => void,
  hardStopMs = 10_000,
): Promise<number> {
  return new Promise((resolve) => {
    let signalled = false;
    const onSignal = () => {
      if (signalled) process.exit(130);
      signalled = true;
      setTimeout(() => process.exit(1), hardStopMs).unref();
      life.stop().then(
        () => resolve(0),
        (cause) => {
          onError(cause);
          resolve(1);
        },
      );
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
    // A parent that died takes its end of the channel with it: its services stop too.
    process.once('disconnect', onSignal);
    life.start().catch((cause) => {
      onError(cause);
      resolve(1);
    });
  });
}
