import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { explain, PostgresFailure } from './failure.ts';
import type { Place } from './place.ts';
import { isAlive, stopPostmaster } from './postmaster.ts';
import { runProgram } from './program.ts';

export const APP_ROLE = 'cao_app';
export const DATABASE = 'cao';
const SUPERUSER = 'postgres';

/** Every role proves itself with its password; the socket's folder keeps other users out before that. */
const HBA = 'local all all scram-sha-256\n';

/** Makes the cluster when there is none. @returns the password of the app's role */
export async function openCluster(
  place: Place,
  binaries: Binaries,
  log: (line: string) => void,
): Promise<string> {
  try {
    await removeHalfMade(place.base);
    const version = await readIfThere(join(place.data, 'PG_VERSION'));
    if (version === undefined) {
      log(`making a database in ${place.base} (once)`);
      await makeCluster(place, binaries);
    } else if (version.trim() !== binaries.major) {
      throw new PostgresFailure(
        `the database in ${place.data} was made by Postgres ${version.trim()}, and this CAO brings Postgres ${binaries.major}`,
        `Start the CAO that made it and save its content (pg_dumpall), then move ${place.cluster} away and load it into the new one; or give CAO the old one with DATABASE_URL.`,
      );
    }
    const password = await readIfThere(appPassword(place.cluster));
    if (password) return password;
    log('the password of the database is gone: setting a new one');
    await stopPostmaster(place.data);
    await setPasswords(place.cluster, place, binaries);
    return await readFile(appPassword(place.cluster), 'utf8');
  } catch (cause) {
    throw explain('the database cannot be made', place.base, cause);
  }
}

const appPassword = (cluster: string) => join(cluster, 'app.password');

/**
 * Everything is made in a folder of our own, which then gets its name: whoever dies in the middle leaves nothing that
 * looks like a cluster, and of two that make one at the same time the second finds the first one's.
 */
async function makeCluster(place: Place, binaries: Binaries): Promise<void> {
  const half = join(place.base, `.making-${process.pid}-${randomBytes(4).toString('hex')}`);
  const data = join(half, 'data');
  try {
    await mkdir(data, { recursive: true, mode: 0o700 });
    if (place.user) {
      await chmod(half, 0o711);
      await chown(data, place.user.uid, place.user.gid);
    }
    const made = await runProgram(
      binaries.initdb,
      // The locale is Postgres' own: the same on every system, and after an update of the C library.
      // No login by any means until the passwords are set; `reject` is replaced before the first start.
      [
        `--pgdata=${data}`,
        `--username=${SUPERUSER}`,
        '--auth=reject',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-instructions',
      ],
      { user: place.user },
    );
    if (made.code !== 0) throw new Error(`initdb ended with ${made.code}: ${lastLines(made.output)}`);
    await writeFile(join(data, 'pg_hba.conf'), HBA); // truncated and rewritten: owner and mode stay initdb's
    await runSql(data, place, binaries, [
      `CREATE ROLE ${APP_ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE`,
      `CREATE DATABASE ${DATABASE} OWNER ${APP_ROLE}`,
    ]);
    await setPasswords(half, place, binaries);
    await rename(half, place.cluster);
  } catch (cause) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause;
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

/** Files are written last: a cluster without them gets new passwords at the next start. */
async function setPasswords(cluster: string, place: Place, binaries: Binaries): Promise<void> {
  const roles = { [SUPERUSER]: join(cluster, 'superuser.password'), [APP_ROLE]: appPassword(cluster) };
  for (const [role, file] of Object.entries(roles)) {
    const password = randomBytes(24).toString('hex'); // needs no quoting in SQL or in a URL
    await runSql(join(cluster, 'data'), place, binaries, [`ALTER ROLE ${role} PASSWORD '${password}'`]);
    await writeSecret(file, password);
  }
}

/** In single-user mode: no server, no login, and the statements come through a pipe. */
async function runSql(
  data: string,
  place: Place,
  binaries: Binaries,
  statements: readonly string[],
): Promise<void> {
  const { code, output } = await runProgram(
    binaries.postgres,
    // -j: a statement ends with a semicolon and an empty line. A failed statement must not be printed with its password.
    [
      '--single',
      '-j',
      '-D',
      data,
      '-c',
      'exit_on_error=on',
      '-c',
      'log_min_error_statement=panic',
      '-c',
      'log_checkpoints=off',
      'postgres',
    ],
    { user: place.user, input: statements.map((statement) => `${statement};\n\n`).join('') },
  );
  if (code !== 0) throw new Error(`postgres --single ended with ${code}: ${lastLines(output)}`);
}

async function writeSecret(file: string, secret: string): Promise<void> {
  const half = `${file}.half`;
  await using handle = await open(half, 'w', 0o600);
  await handle.writeFile(secret);
  await handle.sync();
  await rename(half, file);
}

/**
 * What is left of makers that died. Their initdb may live on: with another name for its folder it ends at its next file, and
 * until then may put something into a folder that is being emptied.
 */
async function removeHalfMade(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    const maker = /^\.making-(\d+)-/.exec(name)?.[1];
    if (!maker || isAlive(Number(maker))) continue;
    const gone = join(base, `${name}.gone`);
    await rename(join(base, name), gone).catch(ignoreMissing); // another start was faster
    await rm(gone, { recursive: true, force: true, ...WHILE_IT_ENDS });
  }
}

/** Node waits `retryDelay` longer before each try: 20 s in all. Units: ms. */
const WHILE_IT_ENDS = { maxRetries: 20, retryDelay: 100 };

function ignoreMissing(cause: NodeJS.ErrnoException): void {
  if (cause.code !== 'ENOENT') throw cause;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

const lastLines = (output: string) => output.split('\n').slice(-5).join('\n');
