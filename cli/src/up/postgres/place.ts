import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { explain, PostgresFailure } from './failure.ts';
import { OS_USER, ownUser } from './os-user.ts';
import type { OsUser } from './program.ts';

/** Where everything of one CAO_HOME's database lies. All paths are absolute and free of links. */
export interface Place {
  /** Short name of this CAO_HOME: the same for every process that uses it. */
  readonly key: string;
  /** Ours alone; holds the cluster, and what is still being made. */
  readonly base: string;
  /** Data and passwords; appears complete, by a rename. */
  readonly cluster: string;
  readonly data: string;
  /** 0700, holds the socket. A server that runs already may use another one: its postmaster.pid says so. */
  readonly socketFolder: string;
  readonly logFile: string;
  /** Whom Postgres runs as when we are root, which it refuses. */
  readonly user: OsUser | undefined;
  readonly note: string | null;
}

/** Folders of root's own databases and of the binaries that their OS user can reach. */
export const ROOT_BASE = '/var/lib/cao';
const SOCKET_NAME = '.s.PGSQL.5432';
/** sun_path holds 104 bytes on macOS and 108 on Linux; a margin below both. */
const LONGEST_SOCKET_PATH = 100;

export async function preparePlace(home: string): Promise<Place> {
  try {
    await mkdir(join(home, 'logs'), { recursive: true, mode: 0o700 });
    const real = await realpath(home);
    const key = createHash('sha256').update(real).digest('hex').slice(0, 12);
    const isRoot = process.getuid?.() === 0;
    const user = isRoot ? await ownUser() : undefined;
    const base = user ? join(ROOT_BASE, key) : join(real, 'postgres');
    // Root's folders let that one user through to what is its own, and nobody see what is there.
    await folder(base, user ? 0o711 : 0o700);
    const cluster = join(base, 'cluster');
    return {
      key,
      base,
      cluster,
      data: join(cluster, 'data'),
      socketFolder: await socketFolder(join(base, 'run'), key, user),
      logFile: join(real, 'logs', 'postgres.log'),
      user,
      note: user
        ? `running as root, so Postgres runs as the OS user ${OS_USER}, with its data in ${base}`
        : null,
    };
  } catch (cause) {
    throw explain(`the database's folder for ${home} cannot be made`, home, cause);
  }
}

async function socketFolder(wanted: string, key: string, user: OsUser | undefined): Promise<string> {
  const uid = user?.uid ?? process.getuid?.() ?? 0;
  // The setting is a comma-separated list, so some names cannot be written in it either.
  const fits = Buffer.byteLength(join(wanted, SOCKET_NAME)) <= LONGEST_SOCKET_PATH && !/[,"\n]/.test(wanted);
  // Not XDG_RUNTIME_DIR: it goes when its owner logs out, and the server stays.
  const path = fits ? wanted : `/tmp/cao-${uid}-${key}`;
  await folder(path, 0o700);
  let found = await lstat(path);
  // Root's own, so this start made it, or another that has not come to this line yet.
  if (user && found.isDirectory() && found.uid === process.getuid?.()) {
    await chown(path, user.uid, user.gid);
    found = await lstat(path);
  }
  // In /tmp anyone may have made it first, to listen in our place.
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0)
    throw new PostgresFailure(
      `${path} should be a folder of user ${uid} alone, and is not`,
      `See who made it (ls -ld ${path}), remove it, and start again.`,
    );
  return path;
}

/** Makes it when it is not there; only what we made gets the mode. */
async function folder(path: string, mode: number): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode });
  if (made !== undefined) await chmod(path, mode); // whatever the umask is
}

export const socketPath = (folder: string): string => join(folder, SOCKET_NAME);
