import { join } from 'node:path';
import { newSecret, takeLock } from '@cao/runtime';
import { clientOf } from '../client.ts';
import { type Env, serviceEnv } from '../env.ts';
import { CliError } from '../exit.ts';
import { type Home, makePrivateDir, readIfThere, writePrivate } from '../home.ts';
import { checkPort, localUrl } from './address.ts';
import { defaultHostName, startAgent, tmuxSocketOf } from './agent.ts';
import { superviseChild } from './child.ts';
import { startDatabase } from './database.ts';
import { serviceArgv, webDir } from './services.ts';

export const UP_LOCK = 'up.sock';

export interface StackOptions {
  readonly home: Home;
  readonly env: Env;
  /** 0: any free one. */
  readonly port: number;
  readonly bind: string;
  /** Whether this machine is a host too. */
  readonly agent: boolean;
  readonly hostName?: string;
  readonly agentEnv?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  say(line: string): void;
}

/** A whole CAO on this machine. Disposing stops it in reverse order; agents in tmux keep running. */
export interface Stack extends AsyncDisposable {
  readonly url: string;
  readonly adminToken: string;
  /** Resolves when `cao down` asks. */
  readonly stopAsked: Promise<void>;
}

/** @throws CliError naming the part that could not start; what had started is stopped again. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { home, env, bind, signal, say } = options;
  await using parts = new AsyncDisposableStack();
  makePrivateDir(home.dir);
  const lock = await takeLock(home.dir, UP_LOCK, {
    what: 'cao up, starting',
    url: localUrl(bind, options.port),
  });
  if ('pid' in lock)
    throw new CliError(
      'conflict',
      `CAO runs already for ${home.dir} (process ${lock.pid}) at ${lock.url}`,
      'Use it: `cao login --link` prints a link to it. Or stop it: `cao down`.',
    );
  parts.use(lock);
  const port = await checkPort(bind, options.port);
  const url = localUrl(bind, port);
  const adminToken = ensureAdminToken(home);

  const databaseUrl = env.DATABASE_URL ?? parts.use(await startDatabase(home.dir, say)).url;
  signal.throwIfAborted();

  const shared = {
    ...serviceEnv(),
    DATABASE_URL: databaseUrl,
    ...(env.REDIS_URL === undefined ? {} : { REDIS_URL: env.REDIS_URL }),
    CAO_LOG_LEVEL: env.CAO_LOG_LEVEL,
  };
  const web = webDir();
  if (web === null) say('the page is not built, so the api serves none (`npm run build`)');
  const service = (name: 'api' | 'scheduler', extra: Record<string, string>) => {
    const logFile = join(home.logsDir, `${name}.log`);
    const child = superviseChild({
      name,
      argv: serviceArgv(name),
      env: { ...shared, ...extra },
      logFile,
      say,
    });
    parts.defer(() => child.stop());
    return child.ready;
  };
  // Both bring the database up to date before anything else, one after the other by its own lock.
  const api = service('api', {
    CAO_PORT: String(port),
    CAO_BIND: bind,
    CAO_ADMIN_TOKEN_FILE: home.tokenFile,
    ...(web === null ? {} : { CAO_WEB_DIR: web }),
  });
  const scheduler = service('scheduler', {});
  await orAbort(signal, api);

  if (options.agent) {
    const client = clientOf({ url, token: adminToken });
    const agent = await startAgent({
      url,
      stateDir: home.agentDir,
      joinToken: async () => (await client.hosts.createJoinToken({ signal })).token,
      name: options.hostName ?? defaultHostName(),
      labels: [],
      capacity: undefined,
      tmuxSocket: tmuxSocketOf(home, home.agentDir, env),
      logFile: join(home.logsDir, 'worker-agent.log'),
      logLevel: env.CAO_LOG_LEVEL,
      ...(options.agentEnv ? { extraEnv: options.agentEnv } : {}),
      say,
    });
    parts.use(agent);
    await orAbort(signal, agent.ready);
  }
  await orAbort(signal, scheduler);
  lock.tell({ what: 'cao up', url });

  const running = parts.move();
  return { url, adminToken, stopAsked: lock.stopAsked, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function ensureAdminToken(home: Home): string {
  const there = readIfThere(home.tokenFile)?.trim();
  if (there) return there;
  const token = newSecret('caot');
  writePrivate(home.tokenFile, `${token}\n`);
  return token;
}

/** What is awaited, unless Ctrl-C comes first. */
export async function orAbort<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
