import {
  CaoError,
  type CommandResult,
  commandResults,
  type DownFrame,
  type ErrorCode,
  errorTable,
  type LinkCommand,
  type UpFrame,
} from '@cao/contracts';
import { type Locks, makeLocks } from '@cao/runtime';
import type { WebSocket } from 'ws';

/** Commands on their way to one host at a time; more wait here. A slow host slows only itself. */
const WINDOW = 32;
/** Commands that wait for a place among them, as long as their deadline allows; more are refused. */
const MAX_WAITING = 1_000;
/** A host that leaves this much unread is sent nothing more that could be asked for again. Units: bytes. */
const MAX_UNREAD = 16 * 1024 * 1024;

type Unstamped<F> = F extends unknown ? Omit<F, 'e'> : never;
type Done = Extract<UpFrame, { t: 'done' }>;

/** One host's link under one link epoch. Commands have deadlines; all that are open fail when it ends. */
export interface Link {
  readonly hostId: string;
  readonly epoch: number;
  /** Decisions about one terminal are taken one after the other. */
  readonly locks: Locks;
  /** By terminal, the message that its host took last under this link, and when (performance.now). */
  readonly taken: Map<string, { readonly seq: number; readonly at: number }>;
  /**
   * Resolves when all that the host had to tell when it dialled is applied; until then a row may not say what has become of its
   * terminal. @throws CaoError host_offline when the link ends before.
   */
  readonly told: Promise<void>;
  /** @throws CaoError unavailable for keys and sizes that the host is too slow to take. */
  send(frame: Unstamped<DownFrame>): void;
  /**
   * @throws CaoError host_offline (the link ended), unavailable (too much waits for this host), timeout, or the code
   * that the agent answered.
   */
  command<C extends LinkCommand>(command: C, deadlineMs: number): Promise<CommandResult<C['do']>>;
  onDone(frame: Done): void;
  onTold(): void;
  /** Idempotent: fails what is open. */
  end(reason: string): void;
  /** Ends it and closes the connection, with one of `linkClose`. */
  drop(code: number, reason: string): void;
  readonly ended: boolean;
}

/** @param hold called before each frame is written */
export function makeLink(socket: WebSocket, hostId: string, epoch: number, hold = () => {}): Link {
  const open = new Map<
    number,
    { resolve(result: unknown): void; reject(error: Error): void; timer: NodeJS.Timeout }
  >();
  const waiting = new Set<() => void>();
  const told = Promise.withResolvers<void>();
  told.promise.catch(() => {}); // most links end with nobody who waits for it
  let lastId = 0;
  let ended: string | undefined;

  const offline = () => new CaoError('host_offline', `the link of host ${hostId} ended: ${ended}`);
  const slow = (what: string) =>
    new CaoError('unavailable', `host ${hostId} is slow: ${what}; it goes on when the host does`);
  const timeout = (what: string, ms: number) =>
    new CaoError('timeout', `host ${hostId} did not answer "${what}" within ${ms} ms`);
  const isFull = () => socket.bufferedAmount > MAX_UNREAD;
  const send = (frame: Unstamped<DownFrame>) => {
    if ((frame.t === 'input' || frame.t === 'resize') && isFull())
      throw slow('it does not read what is typed');
    if (ended) return;
    hold();
    socket.send(JSON.stringify({ ...frame, e: epoch }));
  };
  const wakeNext = () => {
    const [next] = waiting;
    next?.();
  };
  const settle = (id: number) => {
    const entry = open.get(id);
    if (!entry) return undefined;
    open.delete(id);
    clearTimeout(entry.timer);
    wakeNext();
    return entry;
  };
  /** Resolves when there is a place in the window, or the link ended. */
  const place = (what: string, deadlineMs: number) =>
    new Promise<void>((resolve, reject) => {
      if (waiting.size >= MAX_WAITING) return reject(slow(`${MAX_WAITING} commands wait for it`));
      const leave = (then: () => void) => {
        clearTimeout(timer);
        waiting.delete(turn);
        then();
      };
      const turn = () => leave(resolve);
      const timer = setTimeout(() => leave(() => reject(timeout(what, deadlineMs))), deadlineMs);
      waiting.add(turn);
    });

  return {
    hostId,
    epoch,
    locks: makeLocks(),
    taken: new Map(),
    told: told.promise,
    onTold: told.resolve,
    send,
    async command<C extends LinkCommand>(command: C, deadlineMs: number) {
      const asked = performance.now();
      while (!ended && open.size >= WINDOW) await place(command.do, deadlineMs - (performance.now() - asked));
      if (ended) throw offline();
      if (isFull()) {
        wakeNext(); // its place in the window was not taken
        throw slow('it does not read what it is sent');
      }
      const left = deadlineMs - (performance.now() - asked);
      const id = ++lastId;
      const answer = new Promise<unknown>((resolve, reject) => {
        const timer = setTimeout(() => settle(id)?.reject(timeout(command.do, deadlineMs)), left);
        open.set(id, { resolve, reject, timer });
      });
      send({ t: 'command', id, deadline_ms: Math.max(1, Math.round(left)), command });
      return commandResults[command.do].parse(await answer) as CommandResult<C['do']>;
    },
    onDone(frame) {
      const entry = settle(frame.id);
      if (!entry) return; // it came after its deadline
      if (frame.ok) return entry.resolve(frame.result);
      const code = Object.hasOwn(errorTable, frame.error.code) ? (frame.error.code as ErrorCode) : 'internal';
      entry.reject(new CaoError(code, frame.error.message, { from: 'host' }));
    },
    end(reason) {
      if (ended) return;
      ended = reason;
      for (const id of [...open.keys()]) settle(id)?.reject(offline());
      for (const turn of [...waiting]) turn();
      told.reject(offline());
    },
    drop(code, reason) {
      this.end(reason);
      socket.close(code, reason);
    },
    get ended() {
      return ended !== undefined;
    },
  };
}
