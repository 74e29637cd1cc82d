import { z } from 'zod';
import { terminalId } from '../ids.ts';
import { defineEndpoint } from './endpoint.ts';

export const tokenScope = z.enum(['viewer', 'operator', 'admin']);
export type TokenScope = z.infer<typeof tokenScope>;

export const access = {
  createLoginLink: defineEndpoint({
    method: 'POST',
    path: '/login-links',
    scope: 'admin',
    summary: 'A code that logs one browser or shell in, once, within 15 minutes.',
    response: z.object({ code: z.string(), expires_at: z.string() }),
    status: 201,
  }),
  login: defineEndpoint({
    method: 'POST',
    path: '/login',
    scope: 'open',
    summary: 'Exchanges a login code for a token of 30 days.',
    body: z.strictObject({ code: z.string().min(1).max(256) }),
    response: z.object({ token: z.string(), scope: tokenScope, expires_at: z.string() }),
    status: 201,
  }),
  whoami: defineEndpoint({
    method: 'GET',
    path: '/whoami',
    scope: 'any',
    summary: 'Who the token belongs to; for an agent also its terminal and who started it.',
    response: z.object({
      scope: z.string(),
      name: z.string(),
      terminal_id: terminalId.nullable(),
      caller_id: terminalId.nullable(),
    }),
  }),
};
