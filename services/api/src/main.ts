import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect, migrate, storeToken } from '@cao/db';
import { openQueues } from '@cao/queue';
import { armFailpoints, lifecycle, makeLogger, makeSlots, type Part, runUntilSignal } from '@cao/runtime';
import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.ts';
import { hashOf } from './auth/secrets.ts';
import { makeBus } from './bus.ts';
import type { Deps } from './deps.ts';
import { apiEnvFrom } from './env.ts';
import { makeArrivals } from './link/arrivals.ts';
import { makeLinks } from './link/links.ts';
import { makeProofs } from './link/proofs.ts';
import { reviewLinks } from './link/review.ts';
import { roomTeller } from './link/room.ts';
import { makePulse } from './pulse.ts';
import { reachableUrl } from './replicas/reachable-url.ts';
import { sharedOn } from './shared.ts';

/** Half of the connections to Postgres: whoever is new, or sends a message, finds one. */
const CATCH_UPS = 5;
/** A host takes some milliseconds, and one that does not answer until its link is given up. */
const ROUNDS = 4;
/**
 * Hosts that dial at one moment. One that finds no place dials into nothing for a second, then for two more; Node's own number is 511,
 * and Linux allows 4,096.
 */
const BACKLOG = 4_096;

const env = apiEnvFrom();
armFailpoints(env.CAO_FAILPOINTS);
const log = makeLogger('api', env.CAO_LOG_LEVEL);
const replicaId = randomUUID();

const database = connect({ url: env.DATABASE_URL, log });
await migrate(database);
const queues = await openQueues({
  backend: env.REDIS_URL
    ? { kind: 'redis', url: env.REDIS_URL, prefix: env.CAO_REDIS_PREFIX }
    : { kind: 'postgres', url: env.DATABASE_URL },
  log,
});
const pulse = makePulse(database, replicaId, log, () => reviewLinks(deps));
const links = makeLinks();
// An accelerator: the bell is on the host's queue as well.
queues.hear(({ hostId, bell, id }) => {
  links.attend(hostId, bell, id)?.catch((error) => log.warn({ err: error, bell, id }, 'a handler failed'));
});
const deps: Deps = {
  database,
  queues,
  log,
  replicaId,
  bus: makeBus(database, log),
  links,
  pulse,
  shared: sharedOn(database),
  arrivals: makeArrivals(),
  tellRoom: roomTeller(() => deps),
  catchUps: makeSlots(CATCH_UPS),
  rounds: makeSlots(ROUNDS),
  proofs: makeProofs(),
};

let app: FastifyInstance | undefined;

const parts: Part[] = [
  { name: 'database', stop: () => database.close() },
  { name: 'queues', stop: () => queues.close() },
  {
    name: 'admin token',
    async start() {
      if (!env.CAO_ADMIN_TOKEN_FILE) return;
      const token = (await readFile(env.CAO_ADMIN_TOKEN_FILE, 'utf8')).trim();
      await storeToken(database.db, {
        hash: hashOf(token),
        scope: 'admin',
        name: 'admin token file',
        ttlSeconds: null,
      });
    },
  },
  { name: 'pulse', start: () => pulse.start(), stop: () => pulse.stop() },
  { name: 'bus', start: () => deps.bus.start(), stop: () => deps.bus.stop() },
  {
    name: 'http',
    async start() {
      app = await buildApp(deps, { webDir: env.CAO_WEB_DIR });
      const url = await app.listen({ host: env.CAO_BIND, port: env.CAO_PORT, backlog: BACKLOG });
      const reached = reachableUrl(env.CAO_REPLICA_URL ?? url);
      await pulse.reachedAt(reached);
      log.info({ url, replica: replicaId, replica_url: reached }, 'the api listens');
      process.send?.({ type: 'ready', url });
    },
    stop: () => app?.close(),
  },
];

process.exitCode = await runUntilSignal(lifecycle(parts), (error) =>
  log.fatal({ err: error }, 'the api ends'),
);
process.exit();
