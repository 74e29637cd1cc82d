import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from '@cao/runtime';
import { type Env, personsEnv } from '../env.ts';
import { CliError } from '../exit.ts';
import { type Home, makePrivateDir, writePrivate } from '../home.ts';
import { type Child, superviseChild } from './child.ts';
import { serviceArgv } from './services.ts';

export const AGENT_LOCK = 'agent.sock';

export interface AgentOptions {
  readonly url: string;
  readonly stateDir: string;
  /** One-time token; asked for only when this state folder has not joined yet. Null: it is in its file already. */
  joinToken(): Promise<string | null>;
  readonly name: string;
  readonly labels: readonly string[];
  readonly capacity: number | undefined;
  readonly tmuxSocket: string;
  readonly logFile: string;
  readonly logLevel: string;
  /** Put over the person's environment. */
  readonly extraEnv?: Readonly<Record<string, string>>;
  say(line: string): void;
}

export interface Agent extends Pick<Child, 'ready'>, AsyncDisposable {
  readonly stopAsked: Promise<void>;
}

const joinTokenFile = (stateDir: string) => join(stateDir, 'join-token');
/** A token travels in a 0600 file, never in argv. */
export const writeJoinToken = (stateDir: string, token: string): void =>
  writePrivate(joinTokenFile(stateDir), `${token}\n`);
export const hasJoinToken = (stateDir: string): boolean => existsSync(joinTokenFile(stateDir));

/** The worker-agent keeps its credential there; with one it needs no token any more. */
export const hasJoined = (stateDir: string): boolean => existsSync(join(stateDir, 'agent.json'));

/**
 * Runs the worker-agent of one state folder.
 * @throws CliError(conflict) when another process runs it already
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { stateDir } = options;
  makePrivateDir(stateDir);
  const lock = await takeLock(stateDir, AGENT_LOCK, { what: 'worker-agent', url: options.url });
  if ('pid' in lock)
    throw new CliError(
      'conflict',
      `a worker-agent of ${stateDir} runs already (process ${lock.pid}), for ${lock.url}`,
      `Stop it with \`cao down --state ${stateDir}\`, or give this one a folder of its own with --state.`,
    );
  const joined = hasJoined(stateDir);
  let child: Child;
  try {
    const token = joined ? null : await options.joinToken();
    if (token !== null) writeJoinToken(stateDir, token);
    child = superviseChild({
      name: 'worker-agent',
      argv: serviceArgv('worker-agent'),
      env: {
        ...personsEnv(),
        ...options.extraEnv,
        CAO_API_URL: options.url,
        CAO_STATE_DIR: stateDir,
        CAO_HOST_NAME: options.name,
        CAO_HOST_LABELS: options.labels.join(','),
        ...(options.capacity === undefined ? {} : { CAO_HOST_CAPACITY: String(options.capacity) }),
        CAO_TMUX_SOCKET: options.tmuxSocket,
        CAO_LOG_LEVEL: options.logLevel,
        ...(joined ? {} : { CAO_JOIN_TOKEN_FILE: joinTokenFile(stateDir) }),
      },
      logFile: options.logFile,
      say: options.say,
    });
  } catch (cause) {
    lock[Symbol.dispose]();
    throw cause;
  }
  // Used up or expired: it opens nothing any more.
  child.ready.then(() => rmSync(joinTokenFile(stateDir), { force: true })).catch(() => {});
  return {
    ready: child.ready,
    stopAsked: lock.stopAsked,
    async [Symbol.asyncDispose]() {
      await child.stop();
      lock[Symbol.dispose]();
    },
  };
}

/** This machine's name, as far as a host may be called so. */
export const defaultHostName = (): string =>
  hostname()
    .replace(/[^A-Za-z0-9_.-]/g, '-')
    .replace(/^[-.]+/, '')
    .slice(0, 64) || 'host';

/** tmux puts its socket into sun_path too. Units: bytes. */
const MAX_TMUX_SOCKET = 100;

/**
 * The tmux server of a state folder: `cao` (a name) for the default one, else a path in it, or, when that is too long,
 * one in the temporary folder that is named after it.
 */
export function tmuxSocketOf(home: Pick<Home, 'isDefault' | 'agentDir'>, stateDir: string, env: Env): string {
  if (env.CAO_TMUX_SOCKET !== undefined) return env.CAO_TMUX_SOCKET;
  if (home.isDefault && stateDir === home.agentDir) return 'cao';
  const path = join(stateDir, 'tmux.sock');
  if (Buffer.byteLength(path) <= MAX_TMUX_SOCKET) return path;
  return join(tmpdir(), `cao-tmux-${createHash('sha256').update(path).digest('hex').slice(0, 16)}.sock`);
}
