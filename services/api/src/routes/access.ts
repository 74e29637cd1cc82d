import { api, CaoError } from '@cao/contracts';
import { storeCode, storeToken, useCode } from '@cao/db';
import { newSecret } from '@cao/runtime';
import type { FastifyInstance } from 'fastify';
import { hashOf } from '../auth/secrets.ts';
import type { Deps } from '../deps.ts';
import { route } from './route.ts';

/** Units: seconds. */
export const CODE_TTL_S = 15 * 60;
const LOGIN_TTL_S = 30 * 24 * 3600;

export function accessRoutes(app: FastifyInstance, deps: Deps): void {
  const { db } = deps.database;

  route(app, deps, api.access.createLoginLink, async () => {
    const code = newSecret('caol');
    const expires = await storeCode(db, { hash: hashOf(code), purpose: 'login', ttlSeconds: CODE_TTL_S });
    return { code, expires_at: expires.toISOString() };
  });

  route(app, deps, api.access.login, async ({ body }) => {
    const token = newSecret('caot');
    const expires = await db.transaction(async (tx) => {
      if (!(await useCode(tx, { hash: hashOf(body.code), purpose: 'login' })))
        throw new CaoError(
          'unauthenticated',
          'this login code was used already, has expired, or never existed',
        );
      return storeToken(tx, { hash: hashOf(token), scope: 'admin', name: 'login', ttlSeconds: LOGIN_TTL_S });
    });
    return { token, scope: 'admin' as const, expires_at: expires!.toISOString() };
  });

  route(app, deps, api.access.whoami, async ({ principal }) => {
    if (principal.kind === 'nobody') throw new CaoError('unauthenticated', 'a token is required');
    if (principal.kind === 'token')
      return { scope: principal.scope, name: principal.name, terminal_id: null, caller_id: null };
    const { terminalId, callerId } = principal;
    return { scope: 'agent', name: `terminal ${terminalId}`, terminal_id: terminalId, caller_id: callerId };
  });
}
