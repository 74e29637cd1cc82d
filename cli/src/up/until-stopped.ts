/** Resolves at Ctrl-C, SIGTERM, SIGHUP, or a request by `cao down`, with its name for the person. */
export async function untilStopped(signal: AbortSignal, stopAsked: Promise<void>): Promise<string> {
  const ended = Promise.withResolvers<string>();
  const onAbort = () => ended.resolve((signal.reason as Error).message);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  stopAsked.then(() => ended.resolve('cao down'), ended.reject);
  // Neither the children's channels nor a promise keep a process alive for sure; this does.
  const alive = setInterval(() => {}, 2 ** 30);
  try {
    return await ended.promise;
  } finally {
    clearInterval(alive);
    signal.removeEventListener('abort', onAbort);
  }
}
