import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { CliError } from './exit.ts';

const login = z.object({ url: z.url(), token: z.string() });
/** Where the api is and with which token to call it. */
export type Login = z.infer<typeof login>;

/** The files of one CAO_HOME. All are private to their owner. */
export interface Home {
  readonly dir: string;
  /** It is `~/.cao`, and not one that somebody chose. */
  readonly isDefault: boolean;
  readonly loginFile: string;
  /** The admin token of the embedded server. */
  readonly tokenFile: string;
  readonly agentDir: string;
  readonly logsDir: string;
  readLogin(): Login | null;
  writeLogin(login: Login): void;
}

export function openHome(given: string | undefined): Home {
  const standard = join(homedir(), '.cao');
  const dir = given === undefined ? standard : resolve(given);
  const loginFile = join(dir, 'cli.json');
  return {
    dir,
    isDefault: dir === standard,
    loginFile,
    tokenFile: join(dir, 'token'),
    agentDir: join(dir, 'agent'),
    logsDir: join(dir, 'logs'),
    readLogin() {
      const text = readIfThere(loginFile);
      if (text === null) return null;
      try {
        return login.parse(JSON.parse(text));
      } catch (cause) {
        throw new CliError(
          'bad_request',
          `${loginFile} is not readable as a login`,
          'Run `cao login URL` again.',
          {
            cause,
          },
        );
      }
    },
    writeLogin: (value) => writePrivate(loginFile, `${JSON.stringify(value, null, 2)}\n`),
  };
}

export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
}

export function makePrivateDir(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Mode 0600 from its first byte on, and never half-written. */
export function writePrivate(path: string, text: string): void {
  makePrivateDir(dirname(path));
  const fresh = `${path}.${process.pid}.new`;
  writeFileSync(fresh, text, { mode: 0o600 });
  chmodSync(fresh, 0o600); // an old file of that name would have kept its own mode
  renameSync(fresh, path);
}
