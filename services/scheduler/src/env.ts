import { redisUrlMistake } from '@cao/queue';
import { readEnv } from '@cao/runtime';
import { z } from 'zod';

export const schedulerEnv = z.object({
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres://'),
  /** Absent: BullMQ's Postgres backend on DATABASE_URL. */
  REDIS_URL: z
    .string()
    .refine((url) => redisUrlMistake(url) === undefined, {
      error: ({ input }) => redisUrlMistake(String(input)),
    })
    .optional(),
  /** Keys of this cluster in a Redis that others use too; hash-tagged for Redis Cluster. */
  CAO_REDIS_PREFIX: z
    .string()
    .regex(/^\{[A-Za-z0-9_-]+\}$/, 'must be of the form {name}')
    .default('{cao}'),
  /** How long a host may be away before what ran there is given up. Units: seconds. */
  CAO_GIVE_UP_AFTER: z.coerce.number().int().min(10).max(604_800).default(1_800),
  /** How long events are kept; 0: for ever. Units: days. */
  CAO_EVENT_DAYS: z.coerce.number().int().min(0).max(36_500).default(90),
  CAO_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** Tests only: where this process is to die. */
  CAO_FAILPOINTS: z.string().default(''),
});

export const schedulerEnvFrom = (env?: Record<string, string | undefined>) => readEnv(schedulerEnv, env);
