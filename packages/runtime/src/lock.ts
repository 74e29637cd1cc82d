import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * One process per folder, and a way to speak with it: a Unix socket in the folder. It answers who listens, takes the
 * word `stop`, and dies with its process, so a crash leaves nothing that has to be believed.
 */
const lockInfo = z.object({ pid: z.number().int(), what: z.string(), url: z.string() });
export type LockInfo = z.infer<typeof lockInfo>;

export interface Lock extends Disposable {
  /** What others are told from now on. */
  tell(info: Omit<LockInfo, 'pid'>): void;
  /** Resolves when somebody asks us to stop. */
  readonly stopAsked: Promise<void>;
}

/** sun_path has 108 bytes on Linux and 104 on macOS, its final zero included. Units: bytes. */
const MAX_SOCKET_PATH = 100;
/** A live one answers from memory; more is a process that hangs. Units: ms. */
const ANSWER_TIMEOUT_MS = 3_000;

/** A socket in `dir`, or when its path is too long one in the temporary folder that is named after it. */
export function socketPath(dir: string, name: string): string {
  const path = join(dir, name);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return path;
  const key = createHash('sha256').update(path).digest('hex').slice(0, 16);
  return join(tmpdir(), `cao-${userInfo().uid}-${key}.sock`);
}

/** Takes the lock, or tells who has it. */
export async function takeLock(
  dir: string,
  name: string,
  info: Omit<LockInfo, 'pid'>,
): Promise<Lock | LockInfo> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = socketPath(dir, name);
  const asked = Promise.withResolvers<void>();
  let told = info;
  const server = createServer((socket) => {
    socket.on('error', () => {}); // who asks may leave before the answer
    socket.write(`${JSON.stringify({ pid: process.pid, ...told })}\n`);
    socket.on('data', (data) => {
      if (String(data).trim() === 'stop') asked.resolve();
    });
  });
  for (let tries = 0; ; tries++) {
    if (await listens(server, path)) break;
    const holder = await whoHolds(dir, name);
    if (holder) return holder;
    if (tries === 3) throw new Error(`the lock ${path} can neither be taken nor asked`);
    rmSync(path, { force: true }); // left by a process that is gone
  }
  server.unref();
  chmodSync(path, 0o600);
  return {
    tell(info) {
      told = info;
    },
    stopAsked: asked.promise,
    [Symbol.dispose]() {
      // Closing removes the socket's file. Connections stay: they break when this process has ended, and not before.
      server.close();
    },
  };
}

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen(path, () => resolve(true));
  });
}

/** Who holds the lock, or null when nobody does. */
export async function whoHolds(dir: string, name: string): Promise<LockInfo | null> {
  const spoken = await speak(dir, name);
  spoken?.socket.destroy();
  return spoken?.info ?? null;
}

/**
 * Asks the holder to stop and waits until its process has ended.
 * @returns who it was, or null when nobody held it
 * @throws Error when it has not ended in time
 */
export async function askToStop(dir: string, name: string, timeoutMs: number): Promise<LockInfo | null> {
  const spoken = await speak(dir, name);
  if (!spoken) return null;
  const { socket, info } = spoken;
  const ended = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`process ${info.pid} has not stopped within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  socket.write('stop\n');
  await ended;
  return info;
}

function speak(dir: string, name: string): Promise<{ socket: Socket; info: LockInfo } | null> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath(dir, name));
    socket.setTimeout(ANSWER_TIMEOUT_MS, () =>
      socket.destroy(new Error('the process that holds the lock does not answer')),
    );
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? resolve(null) : reject(error),
    );
    let text = '';
    socket.on('data', (data) => {
      text += String(data);
      if (!text.includes('\n')) return;
      socket.setTimeout(0);
      socket
        .removeAllListeners('data')
        .removeAllListeners('error')
        .on('error', () => {})
        .resume();
      resolve({ socket, info: lockInfo.parse(JSON.parse(text)) });
    });
  });
}
