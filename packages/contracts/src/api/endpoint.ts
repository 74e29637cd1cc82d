import type { z } from 'zod';

/**
 * Who may call: `open` needs no token, `any` a token of whatever kind, `agent` a terminal's own token or an operator;
 * viewer, operator and admin are for people and programs, each with all that those before it may.
 */
export type Scope = 'open' | 'any' | 'viewer' | 'agent' | 'operator' | 'admin';

/**
 * One HTTP endpoint, said once: the api implements it, the client derives a function from it, OpenAPI is printed
 * from it. Bad input is answered `bad_request` with the field that is wrong.
 */
export interface Endpoint<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/v1`; params as `:name`. */
  readonly path: string;
  readonly scope: Scope;
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly response: R;
  /** HTTP status of success; default 200. */
  readonly status?: number;
  /** It answers when something has come of it, and by itself after 25 s at most. */
  readonly waits?: true;
}

export const defineEndpoint = <
  R extends z.ZodType,
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
>(
  endpoint: Endpoint<P, Q, B, R>,
): Endpoint<P, Q, B, R> => endpoint;

export const API_PREFIX = '/api/v1';
