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
  unfollow(): void;
  /** Gathered and not sent; they begin at `offset`. */
  chunks: Buffer[];
  offset: number;
  /** Snapshots that are being taken: what they show goes out before them, what they do not show after them. */
  shots: number;
  timer: NodeJS.Timeout | undefined;
}

/** The bytes of watched terminals on their way to people, without a hole, and people's keys on their way back. */
export function makeViewers(tmux: TerminalServer, send: Send, log: Logger) {
  const watched = new Map<string, Watched>();

  /** Sends what was gathered, as far as `end`. */
  const flush = (entry: Watched, end = Number.POSITIVE_INFINITY) => {
    clearTimeout(entry.timer);
    entry.timer = undefined;
    const data = Buffer.concat(entry.chunks.splice(0));
    const now = data.subarray(0, Math.max(0, end - entry.offset));
    const { id: terminal } = entry.session.ref;
    if (now.length > 0) send({ t: 'output', terminal, offset: entry.offset, data: now.toString('base64') });
    entry.offset += now.length;
    if (now.length < data.length) entry.chunks.push(data.subarray(now.length));
  };

  const snapshot = async (entry: Watched) => {
    entry.shots++;
    clearTimeout(entry.timer);
    entry.timer = undefined;
    const { id: terminal } = entry.session.ref;
    try {
      const { offset, cols, rows, ansi } = await entry.session.transcript.snapshot(HISTORY_LINES);
      if (watched.get(terminal) !== entry) return;
      flush(entry, offset);
      send({ t: 'snapshot', terminal, offset, cols, rows, data: Buffer.from(ansi).toString('base64') });
    } catch (error) {
      log.debug({ err: error, terminal }, 'no snapshot: the pane just went');
    } finally {
      entry.shots--;
      if (entry.shots === 0 && watched.get(terminal) === entry) flush(entry);
    }
  };

  const unwatch = (terminal: string) => {
    const entry = watched.get(terminal);
    if (!entry) return;
    entry.unfollow();
    clearTimeout(entry.timer);
    watched.delete(terminal);
  };

  const follow = (session: TerminalSession): Watched => {
    const entry: Watched = {
      session,
      unfollow: session.transcript.follow((bytes, offset) => {
        if (entry.chunks.length === 0) entry.offset = offset;
        entry.chunks.push(bytes);
        if (entry.shots === 0) entry.timer ??= setTimeout(() => flush(entry), GATHER_MS);
      }),
      chunks: [],
      offset: 0,
      shots: 0,
      timer: undefined,
    };
    return entry;
  };

  return {
    /** @param shown somebody new is looking: a snapshot comes first, also where the terminal is watched already. */
    async watch(session: TerminalSession, shown: boolean): Promise<void> {
      const { id } = session.ref;
      if (watched.get(id)?.session !== session) {
        unwatch(id);
        watched.set(id, follow(session));
      }
      if (shown) await snapshot(watched.get(id)!);
    },
    unwatch,
    async input(session: TerminalSession, frame: Input): Promise<void> {
      if (frame.t === 'resize') {
        await tmux.resize(session.ref, frame.cols, frame.rows);
        const entry = watched.get(session.ref.id);
        if (entry) await snapshot(entry);
      } else await tmux.type(session.ref, Buffer.from(frame.data, 'base64'));
    },
    /** No link: nobody watches any more; the next one says again what is watched. */
    clear(): void {
      for (const terminal of [...watched.keys()]) unwatch(terminal);
    },
  };
}
