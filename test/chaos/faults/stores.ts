import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Field } from '../field.ts';
import type { PlannedFault } from '../plan.ts';
import type { Fault } from './fault.ts';

type Store = 'postgres' | 'redis';

const tails = new WeakMap<object, Promise<unknown>>();

/** Down, and up again; two faults at one store follow each other. */
const outage =
  (store: Store, end: (field: Field) => Promise<void>): Fault =>
  async (field, { ms }: PlannedFault) => {
    const work = (tails.get(field[store]) ?? Promise.resolve()).then(async () => {
      await end(field);
      await pause(ms);
      await field[store].start();
    });
    tails.set(field[store], work);
    await work;
    return `${ms} ms`;
  };

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
