import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';
import { startContainers } from './services-containers.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Superuser of a Postgres that the whole run shares; make databases of your own in it (`freshDatabase`). */
    postgresAdminUrl: string;
    /** `redis://…` or the path of a Unix socket; keep to keys of your own in it (`freshRedis`). */
    redisUrl: string;
  }
}

interface SharedServices {
  readonly postgresAdminUrl: string;
  readonly redisUrl: string;
  readonly what: string;
  stop(): Promise<void>;
}

/** Every project of a run evaluates this module for itself; the services are one, so they live on the process. */
const shared = globalThis as { caoTestServices?: { started: Promise<SharedServices>; users: number } };

/**
 * One Postgres and one Redis for all projects of a run: `CAO_TEST_DATABASE_URL` and `CAO_TEST_REDIS_URL` if given
 * (the first is a superuser's), else containers if a runtime answers, else programs of this machine.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.caoTestServices ??= { started: startShared(), users: 0 };
  const services = shared.caoTestServices;
  services.users++;
  const { postgresAdminUrl, redisUrl, stop } = await services.started;
  project.provide('postgresAdminUrl', postgresAdminUrl);
  project.provide('redisUrl', redisUrl);
  return async () => {
    if (--services.users > 0) return;
    delete shared.caoTestServices;
    await stop();
  };
}

async function startShared(): Promise<SharedServices> {
  const services = await choose();
  console.error(`test services: ${services.what}`);
  return services;
}

async function choose(): Promise<SharedServices> {
  const given = { postgres: process.env.CAO_TEST_DATABASE_URL, redis: process.env.CAO_TEST_REDIS_URL };
  if (given.postgres && given.redis) {
    const stop = async () => {};
    const what = 'Postgres and Redis of the environment';
    return { postgresAdminUrl: given.postgres, redisUrl: given.redis, what, stop };
  }
  if (!given.postgres && !given.redis) {
    const containers = await startContainers();
    if (containers) return { ...containers, what: 'Postgres and Redis in containers' };
  }
  return startLocal(given);
}

async function startLocal(given: { postgres?: string | undefined; redis?: string | undefined }) {
  const [pg, redis] = await Promise.allSettled([
    given.postgres ? undefined : startPostgres(),
    given.redis ? undefined : startRedis(),
  ]);
  const running = [pg, redis].flatMap((start) => (start.status === 'fulfilled' ? (start.value ?? []) : []));
  const failure = [pg, redis].find((start) => start.status === 'rejected');
  if (failure?.status === 'rejected') {
    await Promise.all(running.map((service) => service.remove()));
    throw failure.reason;
  }
  const forget = removeOnExit(() => {
    for (const service of running) service.removeNow();
  });
  const postgres = pg.status === 'fulfilled' ? pg.value : undefined;
  return {
    postgresAdminUrl: given.postgres ?? postgres!.url,
    redisUrl: given.redis ?? (redis.status === 'fulfilled' ? redis.value!.url : ''),
    what: `Postgres ${postgres ? `(${postgres.from})` : 'of the environment'}, Redis ${given.redis ? 'of the environment' : '(redis-server on a Unix socket)'}`,
    stop: async () => {
      forget();
      await Promise.all(running.map((service) => service.remove()));
    },
  };
}

/** Ctrl-C, a kill or a crash of the runner: what we started does not outlive it. */
function removeOnExit(remove: () => void): () => void {
  const onSignal = (signal: NodeJS.Signals) => process.exit(signal === 'SIGINT' ? 130 : 143);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  process.once('exit', remove);
  for (const signal of signals) process.once(signal, onSignal);
  return () => {
    process.off('exit', remove);
    for (const signal of signals) process.off(signal, onSignal);
  };
}
