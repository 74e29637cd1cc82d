import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { SERVER_MEMORY } from '@cao/runtime';
import type { Binaries } from './binaries.ts';
import { explain, PostgresFailure } from './failure.ts';
import { type Place, socketPath } from './place.ts';
import {
  EMPTY_LOCK_MS,
  endOrphans,
  findPostmaster,
  type Postmaster,
  removeStaleLocks,
  stopPostmaster,
} from './postmaster.ts';
import { probe } from './probe.ts';
import { plainEnvironment } from './program.ts';

/** Between two looks at a server that starts: it has no event for "ready" that outlives whoever started it. */
const LOOK_AGAIN_MS = 15;
/** Recovery after a crash replays at most max_wal_size (1 GB) of log; a slow disk does that in a minute or two. */
const READY_WITHIN_MS = 180_000;
/** The socket is there before anything slow begins. A server that nobody can reach for this long has lost it. */
const UNREACHABLE_MS = 10_000;
/** Longer than a clean start takes: worth a word to who waits. */
const SAY_AFTER_MS = 3_000;
/** A start fails again only when backends of a dead postmaster keep the memory, or another start is ahead of ours. */
const ATTEMPTS = 5;
/** At a start, a log longer than this makes room for a new one; the one before is kept. */
const LOG_BYTES = 5_000_000;

const settings = (place: Place): Record<string, string> => ({
  listen_addresses: '',
  unix_socket_directories: place.socketFolder,
  unix_socket_permissions: '0700',
  shared_buffers: '32MB',
  // Every queue and worker of BullMQ keeps a pool and a listener.
  max_connections: '300',
  password_encryption: 'scram-sha-256',
  cluster_name: clusterName(place),
  log_line_prefix: '%m [%p] ',
  log_checkpoints: 'off',
  // Rows and statements hold what people and agents write: neither belongs in a log.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
});

const clusterName = (place: Place) => `cao-${place.key}`;

/**
 * Comes back with a server that takes connections: the one that runs already, or one that we start. Any number of
 * processes may do this at once, because Postgres itself lets only one server have a data folder; the others of us see
 * theirs refused and find the one that won.
 */
export async function ensureServer(
  place: Place,
  binaries: Binaries,
  log: (line: string) => void,
): Promise<Postmaster> {
  const began = performance.now();
  let heardAt = began;
  let said = false;
  let attempts = 0;
  let child: Attempt | undefined;
  while (performance.now() - began < READY_WITHIN_MS) {
    const running = await findPostmaster(place.data);
    if (running) {
      const answer = await probe(running.socketFolder);
      if (answer === 'ready') return running;
      if (answer !== 'nobody') heardAt = performance.now();
      if (performance.now() - heardAt > UNREACHABLE_MS) {
        log(`the database (pid ${running.pid}) has lost its socket: starting it again`);
        await stopPostmaster(place.data);
        heardAt = performance.now();
      }
    } else if (!child) {
      if (++attempts > ATTEMPTS) break;
      await removeStaleLocks(place.data, socketPath(place.socketFolder));
      child = await start(place, binaries);
      heardAt = performance.now();
    } else if (child.ended()) {
      await react(await child.words(), place, log);
      child = undefined;
    }
    if (!said && performance.now() - began > SAY_AFTER_MS) {
      said = true;
      log('the database is not ready yet; after an unclean stop it recovers first');
    }
    await pause(LOOK_AGAIN_MS);
  }
  throw new PostgresFailure(
    'the database does not get ready',
    `See why in ${place.logFile}, then start again.`,
  );
}

interface Attempt {
  ended(): boolean;
  /** What this attempt, and no other, wrote into the log. */
  words(): Promise<string>;
}

/**
 * In a session and process group of its own, with its output in a file: neither Ctrl-C in our terminal nor our own
 * death, however sudden, reaches it.
 */
async function start(place: Place, binaries: Binaries): Promise<Attempt> {
  const options = Object.entries(settings(place)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  try {
    const size = (await stat(place.logFile).catch(() => undefined))?.size ?? 0;
    if (size > LOG_BYTES) await rename(place.logFile, `${place.logFile}.1`);
    await using log = await open(place.logFile, 'a', 0o600);
    const from = (await log.stat()).size;
    const child: ChildProcess = spawn(binaries.postgres, ['-D', place.data, ...options], {
      ...place.user,
      cwd: '/',
      env: { ...plainEnvironment, ...SERVER_MEMORY },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    let failure: Error | undefined;
    child.once('error', (cause) => {
      failure = cause;
    });
    child.unref();
    return {
      ended: () => failure !== undefined || child.exitCode !== null || child.signalCode !== null,
      words: async () => failure?.message ?? ofProcess(await readFile(place.logFile), from, child.pid),
    };
  } catch (cause) {
    throw explain('the database cannot be started', place.logFile, cause);
  }
}

/** Lines with this pid in their prefix, and lines without any (the loader's). */
function ofProcess(log: Buffer, from: number, pid: number | undefined): string {
  const lines = log.subarray(from).toString('utf8').split('\n');
  return lines
    .filter((line) => line.includes(`[${pid}]`) || !/^\S+ \S+ \S+ \[\d+\]/.test(line))
    .join('\n')
    .trim();
}

/** What to do after an attempt that ended. Returns when another one may work. */
async function react(words: string, place: Place, log: (line: string) => void): Promise<void> {
  // Another process was faster; its server is found next.
  if (/lock file ".*" already exists/.test(words)) return;
  // It is just being written, or was left by a crash at that moment: then it is taken away once it is old enough.
  if (/lock file ".*" is empty/.test(words)) return await pause(EMPTY_LOCK_MS / 4);
  if (/pre-existing shared memory block/.test(words)) {
    const ended = await endOrphans(place.data, clusterName(place));
    log(`the database was killed: ended ${ended} of its processes that were left, and it recovers now`);
    return;
  }
  const why = /(?:FATAL|PANIC):\s*(.*)/.exec(words)?.[1] ?? words.split('\n').slice(-5).join('\n');
  throw explain(
    'the database does not start',
    place.base,
    why || `it ended without a word; see ${place.logFile}`,
  );
}
