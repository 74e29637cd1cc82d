/** Thrown by `within` when the time is over; the work goes on, its outcome is dropped. */
export class DeadlineError extends Error {
  constructor(what: string, ms: number) {
    super(`${what} took longer than ${ms} ms`);
    this.name = 'DeadlineError';
  }
}

/** The outcome of `work`, or a DeadlineError after `ms`. A late rejection of `work` is swallowed. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new DeadlineError(what, ms)), ms);
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
