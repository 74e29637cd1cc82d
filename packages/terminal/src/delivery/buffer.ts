import { spawn } from 'node:child_process';
import { CaoError } from '@cao/contracts';
import { COMMAND_DEADLINE_MS } from '../control/client.ts';
import type { Commander } from '../control/connection.ts';
import { tmuxRefused } from '../control/errors.ts';
import { octal } from '../control/quote.ts';
import { errorOf } from '../control/reply.ts';

/** Up to here one octal command (0.5–13 ms) beats a process with the text on its stdin (10 ms); 1 MB takes it 1 s. */
const OCTAL_MAX_BYTES = 16 * 1024;

/** How to run tmux as a process of its own. */
export interface TmuxProcess {
  readonly bin: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Puts `text` into the server's buffer `name`, byte for byte. */
export async function fillBuffer(
  commander: Commander,
  tmux: TmuxProcess,
  name: string,
  text: string,
): Promise<void> {
  if (Buffer.byteLength(text) > OCTAL_MAX_BYTES) return loadBuffer(tmux, name, text);
  const error = errorOf(await commander.run(`set-buffer -b ${name} -- ${octal(text)}`));
  if (error !== null) throw tmuxRefused(`set buffer ${name}`, error);
}

function loadBuffer(tmux: TmuxProcess, name: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(tmux.bin, [...tmux.args, 'load-buffer', '-b', name, '-'], {
      env: { ...tmux.env },
      detached: true,
      timeout: COMMAND_DEADLINE_MS,
      killSignal: 'SIGKILL',
    });
    let said = '';
    child.stdout.resume();
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    child.stdin.on('error', () => {}); // EPIPE: the exit code tells
    child.once('error', (cause) =>
      reject(new CaoError('unavailable', `tmux could not be run: ${cause.message}`)),
    );
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new CaoError(
            'unavailable',
            `tmux load-buffer failed (${signal ?? code}), nothing was pasted: ${said}`,
          ),
        );
    });
    child.stdin.end(text);
  });
}
