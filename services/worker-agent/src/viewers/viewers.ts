import type { DownFrame, UpFrame } from '@cao/contracts';
import type { Logger } from '@cao/runtime';
import type { TerminalServer } from '@cao/terminal';
import type { TerminalSession } from '../session/session.ts';

type Send = (
  frame: Omit<Extract<UpFrame, { t: 'output' }>, 'e'> | Omit<Extract<UpFrame, { t: 'snapshot' }>, 'e'>,
) => void;
type Input = Extract<DownFrame, { t: 'input' | 'resize' }>;

/** Lines above the screen that a late viewer gets. */
const HISTORY_LINES = 500;
/** Bytes of one pane are gathered this long: a redraw comes in many pieces. Units: ms. */
const GATHER_MS = 4;

interface Watched {
  readonly session: TerminalSession;
  /** The snapshot covers output up to here; null while it is being taken. */
  from: number | null;
  chunks: Buffer[];
  offset: number;
  timer: NodeJS.Timeout | undefined;
}

/** The bytes of watched terminals on their way to people, and people's keys on their way back. */
export function makeViewers(tmux: TerminalServer, send: Send, log: Logger) {
  const watched = new Map<string, Watched>();

  const flush = (entry: Watched) => {
    entry.timer = undefined;
    if (entry.chunks.length === 0) return;
    const data = Buffer.concat(entry.chunks.splice(0));
    send({
      t: 'output',
      terminal: entry.session.ref.id,
      offset: entry.offset - data.length,
      data: data.toString('base64'),
    });
  };

  const takeSnapshot = async (entry: Watched) => {
    entry.from = null;
    const shot = await tmux.snapshot(entry.session.ref, { history: HISTORY_LINES });
    entry.chunks = [];
    entry.from = shot.offset;
    send({
      t: 'snapshot',
      terminal: entry.session.ref.id,
      offset: shot.offset,
      cols: shot.cols,
      rows: shot.rows,
      data: Buffer.from(shot.ansi).toString('base64'),
    });
  };
  const snapshot = (entry: Watched) =>
    takeSnapshot(entry).catch((error) =>
      log.debug({ err: error, terminal: entry.session.ref.id }, 'no snapshot: the pane just went'),
    );

  const onOutput = (pane: string, bytes: Uint8Array, endOffset: number) => {
    for (const entry of watched.values()) {
      if (entry.session.ref.pane !== pane || entry.from === null || endOffset <= entry.from) continue;
      entry.chunks.push(Buffer.from(bytes));
      entry.offset = endOffset;
      entry.timer ??= setTimeout(() => flush(entry), GATHER_MS);
    }
  };
  const unsubscribe = [
    tmux.on('output', onOutput),
    tmux.on('resync', (pane) => {
      for (const entry of watched.values()) if (entry.session.ref.pane === pane) void snapshot(entry);
    }),
  ];

  return {
    /** A terminal that is watched already gets a fresh snapshot: somebody new is looking. */
    async watch(session: TerminalSession): Promise<void> {
      const entry = watched.get(session.ref.id) ?? {
        session,
        from: null,
        chunks: [],
        offset: 0,
        timer: undefined,
      };
      watched.set(session.ref.id, entry);
      await snapshot(entry);
    },
    unwatch(terminal: string): void {
      clearTimeout(watched.get(terminal)?.timer);
      watched.delete(terminal);
    },
    async input(session: TerminalSession, frame: Input): Promise<void> {
      if (frame.t === 'resize') {
        await tmux.resize(session.ref, frame.cols, frame.rows);
        const entry = watched.get(session.ref.id);
        if (entry) await snapshot(entry);
      } else await tmux.type(session.ref, Buffer.from(frame.data, 'base64'));
    },
    /** No link: nobody watches any more; the next one says again what is watched. */
    clear(): void {
      for (const terminal of [...watched.keys()]) this.unwatch(terminal);
    },
    stop(): void {
      this.clear();
      for (const end of unsubscribe) end();
    },
  };
}
