import {
  API_PREFIX,
  type Api,
  api,
  CaoError,
  type Endpoint,
  type ErrorBody,
  errorTable,
} from '@cao/contracts';
import type { z } from 'zod';

type In<T> = T extends z.ZodUndefined ? never : T extends z.ZodType ? z.input<T> : never;
type Field<K extends string, T> = [In<T>] extends [never]
  ? unknown
  : Record<never, never> extends In<T>
    ? { [P in K]?: In<T> }
    : { [P in K]: In<T> };
type Args<E> =
  E extends Endpoint<infer P, infer Q, infer B, z.ZodType>
    ? Field<'params', P> & Field<'query', Q> & Field<'body', B>
    : never;
type Result<E> = E extends Endpoint<z.ZodType, z.ZodType, z.ZodType, infer R> ? z.output<R> : never;
type Call<E> =
  Record<never, never> extends Args<E>
    ? (args?: Args<E> & CallOptions) => Promise<Result<E>>
    : (args: Args<E> & CallOptions) => Promise<Result<E>>;

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export type Client = { readonly [N in keyof Api]: { readonly [V in keyof Api[N]]: Call<Api[N][V]> } };

/** What of `fetch` a client needs. */
export type Fetch = (
  url: URL,
  init: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
    readonly signal: AbortSignal;
  },
) => Promise<{ readonly ok: boolean; readonly status: number; text(): Promise<string> }>;

export interface ClientOptions {
  /** Where the api listens, without the prefix: `http://127.0.0.1:9889`. */
  readonly url: string;
  readonly token?: string | undefined;
  /** How it is asked; the platform's own `fetch` unless given. */
  readonly fetch?: Fetch;
}

/**
 * More is a dead server, or a kept connection on a wire that is gone, of which nobody tells us: whoever may try again
 * should not wait long for that. Above a host's deadline for an answer, and above a long poll of 25 s. Units: ms.
 */
const TIMEOUT_MS = { answer: 20_000, wait: 35_000 };

interface RawArgs {
  readonly params?: Record<string, unknown>;
  readonly query?: Record<string, unknown>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * The api as functions: `client.sessions.create({ body })`.
 * @throws CaoError with the api's own code; `unreachable` when nobody answers there.
 */
export function createClient(options: ClientOptions): Client {
  const call =
    (endpoint: Endpoint) =>
    (args: RawArgs = {}) =>
      request(options, endpoint, args);
  return Object.fromEntries(
    Object.entries(api).map(([noun, verbs]) => [
      noun,
      Object.fromEntries(Object.entries(verbs).map(([verb, endpoint]) => [verb, call(endpoint as Endpoint)])),
    ]),
  ) as unknown as Client; // fromEntries forgets the keys; the table it walks is the type's own source
}

export function endpointUrl(
  base: string,
  endpoint: Pick<Endpoint, 'path'>,
  args: Pick<RawArgs, 'params' | 'query'>,
): URL {
  const path = endpoint.path.replace(/:([a-z_]+)/g, (_, name: string) =>
    encodeURIComponent(String(args.params?.[name])),
  );
  const url = new URL(API_PREFIX + path, base);
  for (const [key, value] of Object.entries(args.query ?? {}))
    if (value !== undefined) url.searchParams.set(key, String(value));
  return url;
}

async function request(options: ClientOptions, endpoint: Endpoint, args: RawArgs): Promise<unknown> {
  const timeout = AbortSignal.timeout(endpoint.waits ? TIMEOUT_MS.wait : TIMEOUT_MS.answer);
  const headers: Record<string, string> = {};
  if (options.token) headers.authorization = `Bearer ${options.token}`;
  if (args.body !== undefined) headers['content-type'] = 'application/json';
  const ask: Fetch = options.fetch ?? fetch;
  let response: Awaited<ReturnType<Fetch>>;
  let text: string;
  try {
    response = await ask(endpointUrl(options.url, endpoint, args), {
      method: endpoint.method,
      headers,
      body: args.body === undefined ? null : JSON.stringify(args.body),
      signal: args.signal ? AbortSignal.any([args.signal, timeout]) : timeout,
    });
    text = await response.text();
  } catch (cause) {
    if (args.signal?.aborted) throw cause;
    const detail =
      cause instanceof Error
        ? cause.cause instanceof Error
          ? cause.cause.message
          : cause.message
        : String(cause);
    throw new CaoError(
      'unreachable',
      `CAO does not answer at ${options.url} (${detail || 'connection refused'})`,
      {},
      { cause },
    );
  }
  if (!response.ok) throw toError(response.status, text, options.url);
  return JSON.parse(text);
}

function toError(status: number, text: string, url: string): CaoError {
  try {
    const { error } = JSON.parse(text) as ErrorBody;
    if (error.code in errorTable) return new CaoError(error.code, error.message, error.details);
  } catch {
    // not ours: a proxy or another program answered
  }
  const code = status === 503 || status === 502 ? 'unavailable' : 'internal';
  return new CaoError(code, `${url} answered ${status} and not as CAO does`);
}
