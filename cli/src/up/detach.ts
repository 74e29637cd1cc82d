import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { type ErrorCode, errorTable } from '@cao/contracts';
import { z } from 'zod';
import { CliError, errorBody } from '../exit.ts';
import { openLog } from './log-file.ts';
import { orAbort } from './stack.ts';

const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), lines: z.array(z.string()) }),
  z.object({
    type: z.literal('failed'),
    error: z.object({ code: z.string(), message: z.string(), next: z.string() }),
  }),
]);
type Message = z.infer<typeof message>;

/**
 * Runs `cao …` as a process of its own that outlives this one, and waits until it is ready.
 * @returns what it has to say
 * @throws CliError: its own failure
 */
export async function detached(
  argv: readonly string[],
  logFile: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const log = openLog(logFile);
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...argv], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  closeSync(log.fd);
  const answer = new Promise<Message>((resolve, reject) => {
    child.once('message', (raw) => resolve(message.parse(raw)));
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(
        new CliError(
          'unavailable',
          `it ended before it was ready (exit code ${code})`,
          `Its log is ${logFile}.`,
        ),
      ),
    );
  });
  try {
    const told = await orAbort(signal, answer);
    if (told.type === 'ready') return told.lines;
    const { code, message: text, next } = told.error;
    throw new CliError(code in errorTable ? (code as ErrorCode) : 'internal', text, next);
  } catch (cause) {
    child.kill('SIGTERM');
    throw cause;
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }
}

/** Tells the `--detach` that started us, if one did. */
export function tellStarter(lines: readonly string[]): void {
  process.send?.({ type: 'ready', lines: [...lines] } satisfies Message);
}

/** Runs the start of a service; its failure is told to the `--detach` that started us, and thrown on. */
export async function tellingFailure<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (cause) {
    process.send?.({ type: 'failed', error: errorBody(cause).error } satisfies Message);
    throw cause;
  }
}
