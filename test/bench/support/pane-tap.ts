import { execFile, execFileSync } from 'node:child_process';
import { constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Stack } from '../../support/stack/with-stack.ts';
import type { BenchTerminal } from './terminals.ts';

const run = promisify(execFile);

/** Every byte that tmux draws in one pane, read beside CAO: a fifo behind `pipe-pane`. */
export interface PaneTap extends AsyncDisposable {
  /** Resolves with the moment (performance.now) at which `text` was in the pane's output, from now on. */
  shows(text: string): Promise<number>;
}

/** What one screen may hold of a text that is still coming. Units: characters. */
const KEPT = 4_096;
/** A text that is not drawn by then never comes. Units: ms. */
const SHOWS_MS = 30_000;

export async function tapPane(stack: Stack, { host, id }: BenchTerminal): Promise<PaneTap> {
  const tmux = async (...args: string[]) => (await run('tmux', ['-S', host.socket, ...args])).stdout;
  const panes = await tmux('list-panes', '-a', '-F', '#{@cao_id} #{pane_id}');
  const pane = new RegExp(`^${id} (%\\d+)$`, 'm').exec(panes)?.[1];
  if (!pane) throw new Error(`terminal ${id} has no pane on ${host.name}`);
  const fifo = join(stack.dir, `tap-${id}`);
  execFileSync('mkfifo', [fifo]);
  // Open for both ways: an open for reading alone would wait for the writer, and end with it.
  const socket = new Socket({ fd: openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK), writable: false });
  let seen = '';
  let waiting: { text: string; resolve(at: number): void } | undefined;
  const look = () => {
    if (!waiting || !seen.includes(waiting.text)) return;
    waiting.resolve(performance.now());
    waiting = undefined;
  };
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    seen = (seen + chunk).slice(-KEPT);
    look();
  });
  await tmux('pipe-pane', '-t', pane, '-O', `exec cat > '${fifo}'`);
  return {
    shows(text) {
      seen = '';
      return new Promise((resolve, reject) => {
        const late = setTimeout(
          () => reject(new Error(`the pane of ${id} did not show ${JSON.stringify(text)} in ${SHOWS_MS} ms`)),
          SHOWS_MS,
        );
        waiting = {
          text,
          resolve(at) {
            clearTimeout(late);
            resolve(at);
          },
        };
      });
    },
    async [Symbol.asyncDispose]() {
      await tmux('pipe-pane', '-t', pane).catch(() => ''); // the pane may be gone, and its pipe with it
      socket.destroy();
      rmSync(fifo, { force: true });
    },
  };
}
