import { PostgresFailure } from './failure.ts';
import { type OsUser, runProgram } from './program.ts';

export const OS_USER = 'cao-postgres';

/** shadow-utils (most distributions), then busybox (Alpine). */
const CREATE: readonly (readonly [string, readonly string[]])[] = [
  [
    'useradd',
    [
      '--system',
      '--user-group',
      '--no-create-home',
      '--home-dir',
      '/nonexistent',
      '--shell',
      '/usr/sbin/nologin',
      OS_USER,
    ],
  ],
  ['adduser', ['-S', '-D', '-H', '-s', '/sbin/nologin', OS_USER]],
];

/** The OS user of root's databases, made when it is not there. It has no password, shell or home. */
export async function ownUser(): Promise<OsUser> {
  const known = await lookUp();
  if (known) return known;
  const said: string[] = [];
  if (process.platform === 'linux')
    for (const [file, args] of CREATE) {
      const { output } = await runProgram(file, args);
      // Asked again rather than believed: another process may have made it just now.
      const made = await lookUp();
      if (made) return made;
      said.push(`${file}: ${output}`);
    }
  throw new PostgresFailure(
    `Postgres refuses to run as root, and the OS user ${OS_USER} cannot be made (${said.join('; ') || 'not on this system'})`,
    `Run CAO as a normal user, make that user yourself, or give it a database with DATABASE_URL.`,
  );
}

async function lookUp(): Promise<OsUser | undefined> {
  const [uid, gid] = await Promise.all([
    runProgram('id', ['-u', OS_USER]),
    runProgram('id', ['-g', OS_USER]),
  ]);
  if (uid.code !== 0 || gid.code !== 0) return undefined;
  return { uid: Number(uid.output), gid: Number(gid.output) };
}
