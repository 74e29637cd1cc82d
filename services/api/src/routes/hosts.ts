import { api, CaoError } from '@cao/contracts';
import { findHost, insertHost, isDuplicate, listHosts, storeCode, terminalViews, useCode } from '@cao/db';
import { newHostId, newSecret } from '@cao/runtime';
import type { FastifyInstance } from 'fastify';
import { hashOf } from '../auth/secrets.ts';
import type { Deps } from '../deps.ts';
import { CODE_TTL_S } from './access.ts';
import { route } from './route.ts';

export function hostRoutes(app: FastifyInstance, deps: Deps): void {
  const { db } = deps.database;

  route(app, deps, api.hosts.list, async () => ({ hosts: await listHosts(db) }));

  route(app, deps, api.hosts.get, async ({ params }) => {
    const host = await findHost(db, params.ref);
    if (!host) throw new CaoError('not_found', `there is no host ${params.ref}`);
    return { host, terminals: await terminalViews(db, { hostId: host.id }) };
  });

  route(app, deps, api.hosts.createJoinToken, async () => {
    const token = newSecret('caoj');
    const expires = await storeCode(db, { hash: hashOf(token), purpose: 'join', ttlSeconds: CODE_TTL_S });
    return { token, expires_at: expires.toISOString() };
  });

  route(app, deps, api.hosts.join, async ({ body }) => {
    const credential = newSecret('caoh');
    const id = newHostId();
    try {
      await db.transaction(async (tx) => {
        if (!(await useCode(tx, { hash: hashOf(body.token), purpose: 'join' })))
          throw new CaoError(
            'unauthenticated',
            'this join token was used already, has expired, or never existed',
          );
        await insertHost(tx, {
          id,
          name: body.name,
          credentialHash: hashOf(credential),
          labels: body.labels,
          capacity: body.capacity,
        });
      });
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      // The token is not used up: its transaction was rolled back.
      throw new CaoError(
        'conflict',
        `name: a host is called ${body.name} already; choose another with --name`,
        { field: 'name' },
      );
    }
    return { host_id: id, credential };
  });
}
