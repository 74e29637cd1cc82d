import type { LocalPostgres } from '../support/postgres.ts';
import type { LocalRedis } from '../support/redis.ts';
import type { Stack } from '../support/stack/with-stack.ts';
import type { Keeper } from './keeper.ts';

/** What faults happen to. */
export interface Field {
  readonly stack: Stack;
  readonly postgres: LocalPostgres;
  readonly redis: LocalRedis;
  readonly keeper: Keeper;
}
