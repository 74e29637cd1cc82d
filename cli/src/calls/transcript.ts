import { openLive } from '@cao/client';
import { CaoError, type ErrorCode, errorTable, type TranscriptGap } from '@cao/contracts';
import type { Context } from '../context.ts';
import { plainLine } from '../render/plain.ts';

/** Bytes that follow one another, and what is missing before or among them. */
export interface Piece {
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
  /** What the host keeps: its oldest byte, and the end of all; null where bytes came as they were written. */
  readonly kept: { readonly first: number; readonly end: number; readonly closed: boolean } | null;
  readonly gaps: readonly TranscriptGap[];
  readonly bytes: Uint8Array;
}

export interface ReadOptions {
  /** Without it: from the oldest byte that is kept. */
  readonly from: number | undefined;
  /** Without it: the newest. */
  readonly epoch: number | undefined;
  /** Goes on until the terminal closes. */
  readonly follow: boolean;
}

/** What a terminal wrote, in order, each byte once, across reconnections. @throws CaoError as the api says it. */
export async function* readTranscript(
  context: Context,
  id: string,
  options: ReadOptions,
): AsyncGenerator<Piece> {
  let at = options.from;
  let epoch = 0;
  const toEnd = async function* (): AsyncGenerator<Piece, boolean> {
    for (;;) {
      const query = {
        ...(at === undefined ? {} : { from: at }),
        ...(options.epoch === undefined ? {} : { epoch: options.epoch }),
      };
      const page = await context.client.terminals.transcript({
        params: { id },
        query,
        signal: context.signal,
      });
      const { from, to, first, end, closed, gaps } = page;
      ({ epoch } = page);
      at = to;
      yield { epoch, from, to, kept: { first, end, closed }, gaps, bytes: Buffer.from(page.data, 'base64') };
      if (to >= end) return closed;
    }
  };
  const closed = yield* toEnd();
  if (closed || !options.follow) return;
  for await (const piece of liveOutput(context, id, { epoch, from: at ?? 0 })) {
    at = piece.to;
    yield piece;
  }
  // Its last bytes may have come after the news of its end.
  yield* toEnd();
}

/** Ends when the terminal closes. */
async function* liveOutput(
  { client, server, signal, io }: Context,
  id: string,
  start: { readonly epoch: number; readonly from: number },
): AsyncGenerator<Piece> {
  const { terminal } = await client.terminals.get({ params: { id }, signal });
  let known = start;
  let waiting: Piece[] = [];
  let over: { readonly error?: unknown } | undefined;
  let wake = () => {};
  const end = (how: { readonly error?: unknown }) => {
    over ??= how;
    wake();
  };
  const onAbort = () => end({ error: signal.reason });
  signal.addEventListener('abort', onAbort, { once: true });
  const live = openLive(server, {
    onOpen(socket) {
      socket.send({ t: 'subscribe', session: terminal.session_name });
      socket.send({ t: 'watch', terminal: id, ...known });
    },
    onPush(push) {
      if (push.t === 'error')
        return end({
          error: new CaoError(push.code in errorTable ? (push.code as ErrorCode) : 'internal', push.message),
        });
      // Closed while nobody listened: no event will say so.
      if (push.t === 'subscribed')
        return void client.terminals.get({ params: { id }, signal }).then(
          ({ terminal: now }) => now.lifecycle === 'closed' && end({}),
          (error) => end({ error }),
        );
      if (push.t === 'event') {
        if (push.event.kind === 'terminal.closed' && push.event.terminal_id === id) end({});
        return;
      }
      if (push.t !== 'output' || push.terminal !== id) return;
      const bytes = Buffer.from(push.data, 'base64');
      const { epoch, offset: from } = push;
      const to = from + bytes.length;
      const missing = { from: known.from, to: from, at: new Date().toISOString(), redrawn: null };
      const gaps =
        epoch === known.epoch && from > known.from ? [{ ...missing, why: 'the host does not have it' }] : [];
      known = { epoch, from: to };
      waiting.push({ epoch, from, to, kept: null, gaps, bytes });
      wake();
    },
    onClose: (reason) => io.note(`${plainLine(reason)}; trying again`),
  });
  try {
    for (;;) {
      const pieces = waiting;
      waiting = [];
      yield* pieces;
      if (waiting.length > 0) continue;
      if (over) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (over.error !== undefined) throw over.error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    live.close();
  }
}
