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
  send(frame: Unstamped<DownFrame>): void;
  /** @throws CaoError host_offline (the link ended), timeout, or the code that the agent answered. */
  command<C extends LinkCommand>(command: C, deadlineMs: number): Promise<CommandResult<C['do']>>;
  onDone(frame: Done): void;
  /** Idempotent: fails what is open. */
  end(reason: string): void;
  /** Ends it and closes the connection, with one of `linkClose`. */
  drop(code: number, reason: string): void;
  readonly ended: boolean;
}

export function makeLink(socket: WebSocket, hostId: string, epoch: number): Link {
  const open = new Map<
    number,
    { resolve(result: unknown): void; reject(error: Error): void; timer: NodeJS.Timeout }
  >();
  const waiting: (() => void)[] = [];
  let lastId = 0;
  let ended: string | undefined;

  const offline = () => new CaoError('host_offline', `the link of host ${hostId} ended: ${ended}`);
  const send = (frame: Unstamped<DownFrame>) => {
    if (!ended) socket.send(JSON.stringify({ ...frame, e: epoch }));
  };
  const settle = (id: number) => {
    const entry = open.get(id);
    if (!entry) return undefined;
    open.delete(id);
    clearTimeout(entry.timer);
    waiting.shift()?.();
    return entry;
  };

  return {
    hostId,
    epoch,
    locks: makeLocks(),
    taken: new Map(),
    send,
    async command<C extends LinkCommand>(command: C, deadlineMs: number) {
      if (!ended && open.size >= WINDOW) await new Promise<void>((turn) => waiting.push(turn));
      if (ended) throw offline();
      const id = ++lastId;
      const answer = new Promise<unknown>((resolve, reject) => {
        const timer = setTimeout(
          () =>
            settle(id)?.reject(
              new CaoError(
                'timeout',
                `host ${hostId} did not answer "${command.do}" within ${deadlineMs} ms`,
              ),
            ),
          deadlineMs,
        );
        open.set(id, { resolve, reject, timer });
      });
      send({ t: 'command', id, deadline_ms: deadlineMs, command });
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
      for (const turn of waiting.splice(0)) turn();
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
