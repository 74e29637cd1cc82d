import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Connection } from './control/connection.ts';
import type { TmuxProcess } from './delivery/buffer.ts';
import type { ServerIdentity } from './server-setup.ts';

/** Ending a server with 100 panes takes about 50 ms; one that does not end is killed. */
const END_DEADLINE_MS = 5_000;
/** The server is no child of ours, so its end has no event. */
const LOOK_EVERY_MS = 5;

/**
 * First the server, then our client, which is read to its end: a control client that is not drained leaves the server
 * half-dead. Returns when nobody listens any more: a client of the next server would find the one that is ending.
 */
export async function endServer(
  connection: Connection,
  tmux: TmuxProcess,
  server: ServerIdentity | undefined,
): Promise<void> {
  await connection.stop(async () => {
    const options = { env: { ...tmux.env }, timeout: END_DEADLINE_MS };
    // A failure means that there is no server, or that it hangs; whether it listens is looked at below.
    await promisify(execFile)(tmux.bin, [...tmux.args, 'kill-server'], options).catch(() => {});
  });
  if (!server) return;
  const deadline = performance.now() + END_DEADLINE_MS;
  while (await isListening(server.socketPath)) {
    if (performance.now() > deadline) process.kill(server.pid, 'SIGKILL');
    await delay(LOOK_EVERY_MS);
  }
}

/** The socket's file stays when the server ends. Its pid may too, as a zombie. */
const isListening = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(path);
    probe.once('error', () => resolve(false));
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
  });
