import { CaoError, errorTable, toErrorBody } from '@cao/contracts';
import { isOutage } from '@cao/db';
import type { Logger } from '@cao/runtime';
import type { FastifyError, FastifyInstance } from 'fastify';
import { drain } from './http-input.ts';

/** Units: seconds. Postgres restarts in about one; a caller that comes back then finds it. */
const RETRY_AFTER_S = 1;

/** Everything that goes wrong leaves as a row of the error table. */
export function useErrorTable(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler(async (error: FastifyError | CaoError, request, reply) => {
    const known = toCaoError(error);
    if (known.code === 'too_large') await drain(request);
    if (known.code === 'internal')
      log.error({ err: error, request_id: request.id, url: request.routeOptions.url }, 'a request failed');
    if (errorTable[known.code].status === 503) reply.header('retry-after', RETRY_AFTER_S);
    return reply.code(errorTable[known.code].status).send(toErrorBody(known));
  });
  app.setNotFoundHandler((request, reply) => {
    const error = new CaoError(
      'not_found',
      `there is nothing at ${request.method} ${request.url.split('?')[0]}`,
    );
    return reply.code(404).send(toErrorBody(error));
  });
}

function toCaoError(error: FastifyError | CaoError): CaoError {
  if (error instanceof CaoError) return error;
  if (isOutage(error))
    return new CaoError('unavailable', 'the database does not answer right now', {}, { cause: error });
  switch (error.statusCode) {
    case 413:
      return new CaoError('too_large', `the body is too large: at most ${MAX_BODY_BYTES} bytes`, {
        max_bytes: MAX_BODY_BYTES,
      });
    case 415:
      return new CaoError('unsupported', 'the body is not JSON');
    case 429:
      return new CaoError('rate_limited', 'too many calls from this address');
    case 403:
      return new CaoError('forbidden', error.message);
    case 404:
      return new CaoError('not_found', error.message);
    case 400:
      return new CaoError('bad_request', error.message);
    default:
      return new CaoError('internal', 'something in CAO went wrong', {}, { cause: error });
  }
}

/** A message of 1,000,000 characters as JSON. Units: bytes. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;
