import { spawn } from 'node:child_process';

/** Who runs it; absent: we ourselves. */
export interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

export interface Ended {
  /** null: ended by a signal, or could not be started at all. */
  readonly code: number | null;
  /** stdout and stderr as they came, or why it could not be started. */
  readonly output: string;
}

/**
 * What Postgres and its tools see of the environment: nothing of ours (no secret, no PG* default), and untranslated
 * messages.
 */
export const plainEnvironment = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
  LC_ALL: 'C',
  TZ: 'UTC',
};

/** Runs a program to its end. What is secret goes through `input`, never through the arguments. */
export function runProgram(
  file: string,
  args: readonly string[],
  options: { readonly user?: OsUser | undefined; readonly input?: string } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    let output = '';
    const failed = (cause: Error) => resolve({ code: null, output: cause.message });
    try {
      const child = spawn(file, args, { ...options.user, cwd: '/', env: plainEnvironment });
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      child.once('error', failed);
      child.once('close', (code) => resolve({ code, output: output.trim() }));
      // A program that ends before it has read everything says why by its code.
      child.stdin.on('error', () => {}).end(options.input ?? '');
    } catch (cause) {
      failed(cause as Error);
    }
  });
}
