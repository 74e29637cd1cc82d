import { spawn } from 'node:child_process';

/** A git that says nothing for this long hangs. Units: ms. */
const STALL_MS = 120_000;
/** What one call may take that works on this disk alone. Units: ms. */
const LOCAL_MS = 300_000;
/** More than any answer that is read. Units: bytes. */
const MAX_OUTPUT = 64 * 1024 * 1024;
const MAX_SAID = 8_000;

/**
 * In every call: nothing that a repository or a worktree brings along is run by us, nothing asks a person, nothing works on
 * behind our back.
 */
const ALWAYS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'commit.gpgSign=false',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'push.recurseSubmodules=no',
  'checkout.workers=0',
  'advice.detachedHead=false',
].flatMap((setting) => ['-c', setting]);

/** What a user may have set for credentials and transport; all other GIT_* would lead us to another repository. */
const KEPT =
  /^GIT_(ASKPASS|SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|PROXY_\w+|HTTP_\w+|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|(AUTHOR|COMMITTER)_(NAME|EMAIL))$/;

export class GitError extends Error {
  /** What git said, without credentials. */
  readonly said: string;
  constructor(what: string, said: string) {
    super(`git ${what} failed: ${said || 'it said nothing'}`);
    this.name = 'GitError';
    this.said = said;
  }
}
/** This process is stopping: nothing has failed. */
export class Stopped extends Error {}

export interface GitCall {
  readonly cwd?: string;
  /** Units: ms. */
  readonly deadlineMs?: number;
  /** Each line of progress. */
  readonly onProgress?: (line: string) => void;
  /** A file to use instead of the index of the worktree. */
  readonly index?: string;
}

/** The real git, as the user of this host, with that user's own credentials. */
export interface Git {
  /** @returns stdout. @throws GitError, Stopped */
  run(args: readonly string[], call?: GitCall): Promise<string>;
  /** @returns the trimmed stdout, null when git says no. */
  ask(args: readonly string[], call?: GitCall): Promise<string | null>;
  /** Ends what runs. */
  stop(): void;
}

/** `url.insteadOf` of the user may bring a credential into what git says. */
export const withoutCredentials = (text: string): string =>
  text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*@/gi, '$1');

export function gitEnv(userEnv: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(userEnv).filter(
    ([name]) => name !== 'SSH_ASKPASS' && (!name.startsWith('GIT_') || KEPT.test(name)),
  );
  return {
    ...Object.fromEntries(kept),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_ALLOW_PROTOCOL: 'https:ssh:file',
  };
}

const SSH_OPTIONS = '-oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=15 -oServerAliveCountMax=4';

export function makeGit(userEnv: Readonly<Record<string, string>>): Git {
  const env = gitEnv(userEnv);
  const running = new Set<number>();
  let stopped = false;
  let ssh: Promise<string> | undefined;

  const once = (args: readonly string[], call: GitCall, more: Record<string, string>): Promise<string> =>
    new Promise((resolve, reject) => {
      if (stopped) return reject(new Stopped());
      const child = spawn('git', [...ALWAYS, ...args], {
        cwd: call.cwd ?? '/',
        env: { ...env, ...more },
        stdio: ['ignore', 'pipe', 'pipe'],
        // Without a controlling terminal nothing below it can ask, and the whole group can be ended.
        detached: true,
      });
      const what = args.find((word) => /^[a-z-]+$/.test(word) && !word.startsWith('-')) ?? '';
      const out: Buffer[] = [];
      let size = 0;
      let said = '';
      let why = '';
      const kill = (reason: string) => {
        why ||= reason;
        endGroup(child.pid);
      };
      const deadline = setTimeout(
        () => kill(`it took longer than ${(call.deadlineMs ?? LOCAL_MS) / 1000} s`),
        call.deadlineMs ?? LOCAL_MS,
      );
      let stall: NodeJS.Timeout | undefined;
      const alive = () => {
        clearTimeout(stall);
        stall = setTimeout(() => kill(`it made no progress for ${STALL_MS / 1000} s`), STALL_MS);
      };
      alive();
      if (child.pid) running.add(child.pid);
      child.stdout.on('data', (chunk: Buffer) => {
        alive();
        size += chunk.length;
        if (size > MAX_OUTPUT) kill('it printed too much');
        else out.push(chunk);
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        alive();
        said = (said + text).slice(-MAX_SAID);
        for (const line of text.split(/[\r\n]+/)) if (line) call.onProgress?.(line);
      });
      const done = () => {
        clearTimeout(deadline);
        clearTimeout(stall);
        if (child.pid) running.delete(child.pid);
      };
      child.once('error', (error) => {
        done();
        reject(new GitError(what, `it could not be started: ${error.message}`));
      });
      child.once('close', (code) => {
        done();
        if (stopped) reject(new Stopped());
        else if (code === 0 && !why) resolve(Buffer.concat(out).toString('utf8'));
        else reject(new GitError(what, why || lastWords(said)));
      });
    });

  /** The user's own ssh, which must not ask. */
  const sshCommand = async () => {
    const own =
      env.GIT_SSH_COMMAND ??
      (await once(['config', '--get', 'core.sshCommand'], {}, {}).catch(() => '')).trim();
    return own || !env.GIT_SSH ? `${own || 'ssh'} ${SSH_OPTIONS}` : '';
  };

  const run: Git['run'] = async (args, call = {}) => {
    ssh ??= sshCommand();
    const command = await ssh;
    return once(args, call, {
      ...(command ? { GIT_SSH_COMMAND: command } : {}),
      ...(call.index ? { GIT_INDEX_FILE: call.index } : {}),
    });
  };
  return {
    run,
    async ask(args, call) {
      try {
        return (await run(args, call)).trim();
      } catch (error) {
        if (error instanceof GitError) return null;
        throw error;
      }
    },
    stop() {
      stopped = true;
      for (const pid of running) endGroup(pid);
    },
  };
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it ended between the look and the signal
  }
}

const HELP: readonly (readonly [RegExp, string])[] = [
  [
    /could not read (Username|Password)|Authentication failed|Permission denied|Repository not found|terminal prompts disabled/i,
    'the user of this host cannot reach it: set up a credential helper or an ssh key there, and try `git ls-remote` by hand',
  ],
  [/Host key verification failed/i, 'connect to it once by ssh on this host, to accept its key'],
];

/** Progress, and what git says to everybody. */
const NOISE =
  /\d+% \(\d+\/\d+\)|^hint:|^Cloning into|^Please make sure you have|^and the repository exists|^(remote: )?Enumerating/;

/** The lines that say what is wrong, without progress, and what helps. */
function lastWords(said: string): string {
  const lines = withoutCredentials(said)
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '' && !NOISE.test(line));
  const text = lines.slice(-5).join(' · ').slice(0, 600);
  const help = HELP.find(([pattern]) => pattern.test(said))?.[1];
  return help ? `${text} (${help})` : text;
}

/** `Receiving objects:  45% (450/1000), …` → `receiving objects, 45 %`; null for other lines. */
export function progressOf(line: string): string | null {
  const match = /^(?:remote: )?([A-Z][a-z]+(?: [a-z]+)*):\s+(\d+)%/.exec(line);
  return match ? `${match[1]!.toLowerCase()}, ${match[2]} %` : null;
}
