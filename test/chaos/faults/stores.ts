import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Field } from '../field.ts';
import type { PlannedFault } from '../plan.ts';
import type { Fault } from './fault.ts';

type Store = 'postgres' | 'redis';

const tails = new WeakMap<object, Promise<unknown>>();

/** Faults at one store follow each other: one that is frozen cannot be stopped. */
export function withStore<T>(store: object, work: () => Promise<T>): Promise<T> {
  const done = (tails.get(store) ?? Promise.resolve()).then(work);
  tails.set(store, done);
  return done;
}

/** Down, and up again. */
const outage =
  (store: Store, end: (field: Field) => Promise<void>): Fault =>
  (field, { ms }: PlannedFault) =>
    withStore(field[store], async () => {
      await end(field);
      await pause(ms);
      await field[store].start();
      return `${ms} ms`;
    });

export const storeFaults = {
  redis_stop: outage('redis', ({ redis }) => redis.stop()),
  redis_kill: outage('redis', ({ redis }) => redis.kill()),
  async redis_wipe({ redis }: Field) {
    const client = new Redis(redis.url);
    try {
      await client.flushall();
      return 'every key';
    } finally {
      client.disconnect();
    }
  },
  postgres_restart: outage('postgres', ({ postgres }) => postgres.stop('fast')),
  postgres_kill: outage('postgres', ({ postgres }) => postgres.stop('immediate')),
};
