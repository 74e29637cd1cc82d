import { API_PREFIX, CaoError, type Endpoint } from '@cao/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { authorise, bearerOf, type Principal, principalOf } from '../auth/principal.ts';
import type { Deps } from '../deps.ts';

export interface Call<E> {
  readonly params: E extends Endpoint<infer P, z.ZodType, z.ZodType, z.ZodType> ? z.output<P> : never;
  readonly query: E extends Endpoint<z.ZodType, infer Q, z.ZodType, z.ZodType> ? z.output<Q> : never;
  readonly body: E extends Endpoint<z.ZodType, z.ZodType, infer B, z.ZodType> ? z.output<B> : never;
  readonly principal: Principal;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}
type Answer<E> = E extends Endpoint<z.ZodType, z.ZodType, z.ZodType, infer R> ? z.input<R> : never;

/** Calls per minute from one address on endpoints that need no token and take a secret: guessing stays hopeless. */
const OPEN_CALLS_PER_MINUTE = 30;

/** Serves one endpoint as its contract says: authorise, check each part of the input, handle, answer. */
export function route<E extends Endpoint>(
  app: FastifyInstance,
  deps: Deps,
  endpoint: E,
  handle: (call: Call<E>) => Promise<Answer<E>>,
): void {
  const guessable = endpoint.scope === 'open' && endpoint.method === 'POST';
  app.route({
    method: endpoint.method,
    url: API_PREFIX + endpoint.path,
    config: guessable ? { rateLimit: { max: OPEN_CALLS_PER_MINUTE, timeWindow: '1 minute' } } : {},
    handler: async (request, reply) => {
      const principal =
        endpoint.scope === 'open' ? nobody : await principalOf(deps, bearerOf(request.headers.authorization));
      authorise(principal, endpoint.scope);
      const answer = await handle({
        params: parse('params', endpoint.params, request.params),
        query: parse('query', endpoint.query, request.query),
        body: parse('body', endpoint.body, request.body),
        principal,
        signal: abortOf(reply),
        request,
        reply,
      } as Call<E>);
      return reply.code(endpoint.status ?? 200).send(answer);
    },
  });
}

const nobody: Principal = { kind: 'nobody' };

/** @throws CaoError bad_request naming each field and what is allowed. */
function parse(part: string, schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return undefined;
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({
    field: [part === 'body' ? '' : part, ...issue.path].filter((step) => step !== '').join('.') || part,
    problem: issue.message,
  }));
  const first = issues[0]!;
  throw new CaoError('bad_request', `${first.field}: ${first.problem}`, { issues });
}

/** Not behind an answer that was written: an abort makes an error with its stack, for each call. Not on the socket, which is kept for many. */
function abortOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
