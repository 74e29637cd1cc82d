import pino from 'pino';

interface QueryError {
  readonly params?: unknown;
}

/**
 * An error as a log may have it. Of a query that failed, its values stay out: they are what people wrote to agents. Drizzle's
 * error carries them in its message, its stack and a field of its own.
 */
export function errorForLog(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { params: _params, parameters: _parameters, args: _args, ...logged } = pino.stdSerializers.err(error);
  const values: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { params } = at as QueryError;
    if (params !== undefined) values.push(`\nparams: ${params}`);
  }
  const without = (text: string) => values.reduce((left, value) => left.replaceAll(value, ''), text);
  return { ...logged, message: without(logged.message), stack: without(logged.stack) };
}
