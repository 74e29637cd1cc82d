import { redisUrlMistake } from '@cao/queue';
import { readEnv } from '@cao/runtime';
import { z } from 'zod';

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

export const apiEnv = z.object({
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
  CAO_PORT: z.coerce.number().int().min(0).max(65535).default(9889),
  CAO_BIND: z.string().default(LOOPBACK[0]!),
  /** Where the other replicas reach this one; absent: worked out from CAO_BIND and the port. */
  CAO_REPLICA_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s) address' }).optional(),
  /** A 0600 file with the first admin token; its hash is stored at start. */
  CAO_ADMIN_TOKEN_FILE: z.string().optional(),
  /** The built page; absent: the api serves no page. */
  CAO_WEB_DIR: z.string().optional(),
  CAO_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** Tests only: where this process is to die. */
  CAO_FAILPOINTS: z.string().default(''),
});
export type ApiEnv = z.infer<typeof apiEnv>;

export const apiEnvFrom = (env?: Record<string, string | undefined>): ApiEnv => readEnv(apiEnv, env);
