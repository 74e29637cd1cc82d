import type { Socket } from 'node:net';
import { CaoError, errorTable, toErrorBody } from '@cao/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { safeHeaders } from './security.ts';

/** Headers that take longer than this, or a body that takes longer than the other, are no client of ours. Units: ms. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** How often Node looks for the two above; its own default of 30 s would double them. Units: ms. */
const LOOK_FOR_SLOW_MS = 2_000;
/** What a params segment may have: the check of its form, which names it, comes after. Units: characters. */
const MAX_PARAM_LENGTH = 1_000;

/** What Fastify is told about requests that never reach a handler. */
export const inputLimits = {
  requestTimeout: REQUEST_TIMEOUT_MS,
  http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: LOOK_FOR_SLOW_MS },
  routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  frameworkErrors(error: Error, _request: FastifyRequest, reply: FastifyReply) {
    const known = new CaoError('bad_request', `the address is not usable: ${error.message}`);
    void reply.code(errorTable.bad_request.status).headers(safeHeaders).send(toErrorBody(known));
  },
  clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket) {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    if (socket.writable) socket.write(rawAnswer(unparsable(error.code)));
    socket.destroySoon();
  },
};

function unparsable(code: string | undefined): CaoError {
  if (code === 'HPE_HEADER_OVERFLOW') return new CaoError('too_large', 'the headers are too large');
  // None of it was done. Nor need the client be slow: one that sent while this api stood still is told the same once it goes on.
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new CaoError('unavailable', 'the request did not arrive in time');
  return new CaoError('bad_request', 'this is not HTTP');
}

function rawAnswer(error: CaoError): string {
  const body = JSON.stringify(toErrorBody(error));
  return [
    `HTTP/1.1 ${errorTable[error.code].status} ${error.code}`,
    'content-type: application/json',
    ...Object.entries(safeHeaders).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}

/**
 * Reads what is still coming of a body that is refused, and drops it: a client that is written to a closed connection sees
 * only that it broke, and never the answer. Bounded by the request's time-out, which ends the connection.
 */
export async function drain({ raw }: FastifyRequest): Promise<void> {
  if (raw.readableEnded || raw.destroyed) return;
  await new Promise<void>((resolve) => {
    raw.once('end', resolve).once('close', resolve).once('error', resolve);
    raw.resume();
  });
}

/** Bodies are JSON in UTF-8 and nothing else: other bytes are refused, not repaired in silence. */
export function takeOnlyJson(app: FastifyInstance): void {
  const parseText = app.getDefaultJsonParser('error', 'error');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    // Nothing at all is what an endpoint without a body gets from clients that always name the type.
    if (body.length === 0) return done(null, undefined);
    let text: string;
    try {
      text = utf8.decode(body as Buffer);
    } catch {
      return done(new CaoError('bad_request', 'body: it is not UTF-8', { field: 'body' }));
    }
    void parseText(request, text, done);
  });
}
