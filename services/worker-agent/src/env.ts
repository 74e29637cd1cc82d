import { hostname } from 'node:os';
import { readEnv } from '@cao/runtime';
import { z } from 'zod';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);

export const agentEnv = z.object({
  CAO_API_URL: z.url({ protocol: /^https?$/, error: 'must be the http(s) address of the api' }),
  /** Identity, spool and terminals of this host; 0700. One agent per folder. */
  CAO_STATE_DIR: z.string().regex(/^\//, 'must be an absolute path'),
  /** A 0600 file with a join token; needed once, until this host has its own credential. */
  CAO_JOIN_TOKEN_FILE: z.string().optional(),
  CAO_HOST_NAME: z.string().default(() => hostname()),
  CAO_HOST_LABELS: list.default([]),
  CAO_HOST_CAPACITY: z.coerce.number().int().min(1).max(1000).default(20),
  /** A name (`tmux -L`) or an absolute path (`tmux -S`). */
  CAO_TMUX_SOCKET: z.string().default('cao'),
  CAO_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** How long what a terminal wrote is kept after its end, and how much of all terminals. */
  CAO_TRANSCRIPT_DAYS: z.coerce.number().min(0).max(3650).default(7),
  CAO_TRANSCRIPT_MB: z.coerce.number().int().min(1).default(4096),
  /** What one terminal may use, with everything that it starts; 0 is no limit. */
  CAO_LIMIT_MEMORY_PERCENT: z.coerce.number().int().min(0).max(100).default(80),
  CAO_LIMIT_PROCESSES: z.coerce.number().int().min(0).max(1_000_000).default(4096),
  /** Where everything that CLIs say is written down, for a corpus (`cao dev record`); it holds what agents read and wrote. */
  CAO_RECORD_DIR: z.string().optional(),
  /** How long a worktree that no terminal uses is kept, when the remote has all of it. */
  CAO_WORKSPACE_DAYS: z.coerce.number().min(0).max(3650).default(14),
  /** A fuller disk takes such worktrees before their time, the oldest first. */
  CAO_WORKSPACE_DISK_PERCENT: z.coerce.number().min(1).max(100).default(90),
  /** Installs the newest worker-agent in the place of this one (`cao host upgrade`): a line of shell. Unset: somebody else does. */
  CAO_UPGRADE_COMMAND: z.string().min(1).optional(),
  /** Tests only: where this process is to die. */
  CAO_FAILPOINTS: z.string().default(''),
  HOME: z.string(),
  PATH: z.string(),
});
export type AgentEnv = z.infer<typeof agentEnv>;

export const agentEnvFrom = (env?: Record<string, string | undefined>): AgentEnv => readEnv(agentEnv, env);

/** Ours, not the user's: what configures CAO's processes, and what a pane must make anew. */
const NOT_FOR_AGENTS =
  /^(CAO_(API_URL|STATE_DIR|JOIN_TOKEN.*|HOST_.*|TMUX_SOCKET|LOG_LEVEL|RECORD_DIR|LIMIT_.*|TRANSCRIPT_.*|WORKSPACE_.*|UPGRADE_COMMAND|REPLICA_URL|FAILPOINTS|ADMIN_TOKEN_FILE|HOME|URL|TOKEN|WEB_DIR|PORT|BIND)|DATABASE_URL|REDIS_URL|NODE_CHANNEL_.*|TMUX|TMUX_PANE|TERM|PWD|OLDPWD|SHLVL|_)$/;

/** The user's own environment, as an agent in a pane gets it. */
export const userEnv = (env: Record<string, string | undefined> = process.env): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !NOT_FOR_AGENTS.test(entry[0]),
    ),
  );
