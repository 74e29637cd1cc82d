import { readEnv } from '@cao/runtime';
import { z } from 'zod';

const schema = z.object({
  CAO_HOME: z.string().optional(),
  CAO_URL: z.url('must be a URL, e.g. http://127.0.0.1:9889').optional(),
  CAO_TOKEN: z.string().optional(),
  /** Set in panes that CAO made: the terminal this command runs in. */
  CAO_TERMINAL_ID: z.string().optional(),
  /** And the session it belongs to. */
  CAO_SESSION_NAME: z.string().optional(),
  CAO_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  CAO_TMUX_SOCKET: z.string().optional(),
  DATABASE_URL: z.string().optional(),
  REDIS_URL: z.string().optional(),
  NO_COLOR: z.string().optional(),
  PATH: z.string().default(''),
});
export type Env = z.infer<typeof schema>;

/** @throws Error naming every variable that is wrong. */
export const readCliEnv = (): Env => readEnv(schema);

/** The secrets of the services; agents on this machine must not inherit them. */
const SERVICE_SECRETS = ['DATABASE_URL', 'REDIS_URL', 'CAO_ADMIN_TOKEN_FILE', 'CAO_TOKEN', 'CAO_URL'];

/** The person's own environment without what belongs to the services; agents are started with it. */
export const personsEnv = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !SERVICE_SECRETS.includes(entry[0]),
    ),
  );

/** What a service needs of the surroundings besides its own variables. */
export const serviceEnv = (): Record<string, string> =>
  Object.fromEntries(
    [
      'PATH',
      'HOME',
      'LANG',
      'TZ',
      'TMPDIR',
      'NODE_OPTIONS',
      'NODE_COMPILE_CACHE',
      'NODE_EXTRA_CA_CERTS',
    ].flatMap((name) => {
      const found = process.env[name];
      return found === undefined ? [] : [[name, found] as const];
    }),
  );
