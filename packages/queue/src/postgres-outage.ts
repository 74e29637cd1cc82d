/** Codes of Node and Postgres (class 08; 57P: shutting down, starting up; too many connections) for "not there now". */
const OUTAGE =
  /^(08...|57P0[1-3]|53300|ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND)$/;
/** What the driver says without a code. */
const OUTAGE_TEXT =
  /Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|not queryable/;

/**
 * The library takes only ECONNREFUSED for an outage, which it waits out; every other failure of the backend it
 * repeats at once, in a tight loop. So an outage of any kind is told to it in that word; `cause` keeps the truth.
 */
export function asOutage(cause: unknown): Error {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const code = 'code' in error ? String(error.code) : '';
  if (!OUTAGE.test(code) && !OUTAGE_TEXT.test(error.message)) return error;
  return Object.assign(new Error(`Postgres is not reachable: ${error.message}`, { cause: error }), {
    code: 'ECONNREFUSED',
  });
}

export const isOutage = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
