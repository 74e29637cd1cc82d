import { api } from '@cao/contracts';
import { eventsAfter } from '@cao/db';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { VERSION } from '../version.ts';
import { route } from './route.ts';
import { sessionRef } from './session-ref.ts';

export function systemRoutes(app: FastifyInstance, deps: Deps): void {
  const health = async () => ({ status: 'ok' as const, service: 'cao-api', version: VERSION });
  route(app, deps, api.system.health, health);
  // Where load balancers and the single-machine tool's clients look.
  app.get('/health', health);

  route(app, deps, api.system.ready, async ({ reply }) => {
    const [database, queue] = await Promise.all([check(deps.database.ping()), check(deps.queues.ping())]);
    const ready = database.ok && queue.ok;
    if (!ready) reply.code(503);
    return { ready, database, queue };
  });

  route(app, deps, api.system.events, async ({ query }) => {
    const events = await eventsAfter(deps.database.db, { ...query, session: sessionRef(query.session) });
    return { events, next_after: events.at(-1)?.id ?? query.after };
  });
}

const check = (ping: Promise<void>): Promise<{ ok: boolean; detail?: string }> =>
  ping.then(
    () => ({ ok: true }),
    (error: Error) => ({ ok: false, detail: error.message }),
  );
