import { api, CaoError, type HostView } from '@cao/contracts';
import {
  findHost,
  insertHost,
  isDuplicate,
  listHosts,
  removeHost,
  setHostMode,
  storeCode,
  terminalViews,
  useCode,
} from '@cao/db';
import { newHostId, newSecret } from '@cao/runtime';
import type { FastifyInstance } from 'fastify';
import { hashOf } from '../auth/secrets.ts';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';
import { DEADLINE_MS } from '../link/deadlines.ts';
import { hostNotLinked, linkOf, throughLink } from '../replicas/holder.ts';
import { CODE_TTL_S } from './access.ts';
import { route } from './route.ts';

export function hostRoutes(app: FastifyInstance, deps: Deps): void {
  const { db } = deps.database;

  route(app, deps, api.hosts.list, async () => ({ hosts: await listHosts(db) }));

  const mustFind = async (ref: string): Promise<HostView> => {
    const host = await findHost(db, ref);
    if (!host) throw new CaoError('not_found', `there is no host ${ref}; see \`cao host list\``);
    return host;
  };

  route(app, deps, api.hosts.get, async ({ params }) => {
    const host = await mustFind(params.ref);
    return { host, terminals: await terminalViews(db, { hostId: host.id }) };
  });

  route(app, deps, api.hosts.setMode, async ({ params, body }) => {
    const { id } = await mustFind(params.ref);
    await commit(deps, (ledger) => setHostMode(ledger, id, body));
    return { host: await mustFind(id) };
  });

  route(app, deps, api.hosts.upgrade, async ({ params, request, signal }) => {
    const host = await mustFind(params.ref);
    const place = await linkOf(deps, host.id, request);
    return throughLink(deps, place, { request, signal }, hostNotLinked(host), async (link) => {
      const { upgrade } = await link.command({ do: 'upgrade' }, DEADLINE_MS.upgrade);
      return { host: { ...host, upgrade: { ...upgrade, at: new Date().toISOString() } } };
    });
  });

  route(app, deps, api.hosts.remove, async ({ params, query }) => {
    const host = await mustFind(params.ref);
    const ended = await commit(deps, (ledger) => removeHost(ledger, host, query.force));
    const views = await Promise.all(ended.map((id) => terminalViews(db, { id })));
    return { host, ended: views.flat() };
  });

  route(app, deps, api.hosts.createJoinToken, async () => {
    const token = newSecret('caoj');
    const expires = await storeCode(db, { hash: hashOf(token), purpose: 'join', ttlSeconds: CODE_TTL_S });
    return { token, expires_at: expires.toISOString() };
  });

  route(app, deps, api.hosts.join, async ({ body }) => {
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
          publicKey: body.public_key,
          labels: body.labels,
          capacity: body.capacity,
        });
      });
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      // The token is not used up: its transaction was rolled back.
      throw new CaoError(
        'conflict',
        `name: a host is called ${body.name} already, or has this key; choose another with --name`,
        { field: 'name' },
      );
    }
    return { host_id: id };
  });
}
