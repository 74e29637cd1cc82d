import { openLive } from '@cao/client';
import { CaoError, type ErrorCode, errorTable, type LivePush, type TerminalView } from '@cao/contracts';
import type { Context } from '../context.ts';
import { CliError } from '../exit.ts';
import { plainLine } from '../render/plain.ts';
import { type DetachKeys, detachSplitter } from './detach-keys.ts';
import { openLocalEnd } from './local-end.ts';

export interface AttachOptions {
  readonly detachKeys: DetachKeys;
  /** As the person wrote them. */
  readonly detachLabel: string;
  /** Give the pane this window's size, and follow it. */
  readonly resize: boolean;
  readonly readOnly: boolean;
}

/** What the contract allows a pane to be. */
const PANE = { minCols: 20, maxCols: 500, minRows: 5, maxRows: 300 };
/** A host that is linked sends the screen at once; longer means that it is not. Units: ms. */
const SNAPSHOT_TIMEOUT_MS = 10_000;

/**
 * Joins this terminal and the one far away until the person leaves or it closes.
 * @returns why it ended, for people
 * @throws CaoError as the api said it; Interrupted on a signal from outside
 */
export async function attach(context: Context, terminal: TerminalView, how: AttachOptions): Promise<string> {
  const { io } = context;
  const ended = Promise.withResolvers<string>();
  io.note(
    `${terminal.id} (${plainLine(terminal.agent_profile)} on ${plainLine(terminal.host_name ?? 'no host')}): ${
      how.readOnly ? 'Ctrl-C leaves, read-only' : `${how.detachLabel} leaves, all other keys go to the agent`
    }`,
  );
  using local = openLocalEnd(io, { keys: !how.readOnly });
  local.title(`cao ${terminal.id} — ${how.readOnly ? 'Ctrl-C' : how.detachLabel} leaves`);

  const snapshot = setTimeout(
    () =>
      ended.reject(
        new CliError(
          'host_offline',
          `host ${plainLine(terminal.host_name ?? '')} does not show its terminal ${terminal.id}`,
          'See `cao host list`; the terminal runs on and can be attached to when its host is back.',
        ),
      ),
    SNAPSHOT_TIMEOUT_MS,
  );
  let shown = false;
  const input = { done: false, pending: [] as Buffer[] };
  const live = openLive(context.server, {
    onOpen(socket) {
      socket.send({ t: 'subscribe', session: terminal.session_name });
      socket.send({ t: 'watch', terminal: terminal.id });
      follow();
    },
    onPush(push: LivePush) {
      if (push.t === 'error') return ended.reject(asError(push.code, push.message));
      if (push.t === 'event') {
        if (push.event.terminal_id === terminal.id && push.event.kind === 'terminal.closed')
          ended.resolve(
            `terminal ${terminal.id} has closed: ${plainLine(String(push.event.data.reason ?? 'it ended'))}`,
          );
        return;
      }
      if (push.t === 'subscribed' || push.terminal !== terminal.id) return;
      const bytes = Buffer.from(push.data, 'base64');
      if (push.t === 'output') return local.write(bytes);
      clearTimeout(snapshot);
      local.repaint(bytes);
      if (shown) return;
      shown = true;
      for (const held of input.pending.splice(0)) send(held);
      if (input.done) detach();
    },
    onClose: (reason) => local.title(`cao ${terminal.id} — ${plainLine(reason)}, connecting again`),
  });

  const send = (bytes: Buffer) => {
    // Keys typed before the screen is there would land in something the person has not seen.
    if (!shown) input.pending.push(bytes);
    else if (bytes.length > 0)
      live.send({ t: 'input', terminal: terminal.id, data: bytes.toString('base64') });
  };
  const detach = () => {
    input.done = true;
    if (shown) ended.resolve(`left ${terminal.id}; it runs on`);
  };
  const follow = () => {
    const size = local.size;
    if (!how.resize || size === null) return;
    const cols = Math.min(PANE.maxCols, Math.max(PANE.minCols, size.cols));
    const rows = Math.min(PANE.maxRows, Math.max(PANE.minRows, size.rows));
    live.send({ t: 'resize', terminal: terminal.id, cols, rows });
  };
  const split = detachSplitter(how.detachKeys);
  const onData = (chunk: Uint8Array) => {
    const { input: bytes, detached } = split(chunk);
    send(bytes);
    if (detached && !shown) ended.resolve(`left ${terminal.id}; it runs on`);
    else if (detached) detach();
  };
  const onInterrupt = () => ended.reject(context.signal.reason);

  if (!how.readOnly) io.stdin.on('data', onData).once('end', detach);
  io.stdout.on('resize', follow);
  context.signal.addEventListener('abort', onInterrupt, { once: true });
  try {
    return await ended.promise;
  } finally {
    clearTimeout(snapshot);
    io.stdin.off('data', onData).off('end', detach);
    io.stdout.off('resize', follow);
    context.signal.removeEventListener('abort', onInterrupt);
    live.close();
  }
}

const asError = (code: string, message: string): CaoError =>
  new CaoError(code in errorTable ? (code as ErrorCode) : 'internal', plainLine(message));
