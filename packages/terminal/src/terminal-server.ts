import type { Screen } from '@cao/contracts';

/** Names one birth of one terminal. `pane` and `window` are tmux's own ids; `pid` is the CLI's process. */
export interface PaneRef {
  readonly id: string;
  readonly epoch: number;
  readonly pane: string;
  readonly window: string;
  readonly pid: number;
}

/**
 * What tmux itself keeps about a pane. `seq` is the last text pasted, `sent` the last one submitted; both are options
 * of the pane, so they live exactly as long as it does.
 */
export interface PaneState extends PaneRef {
  readonly session: string;
  readonly seq: number;
  readonly sent: number;
  readonly dead: boolean;
  /** Exit code of a dead program; null while it lives, and when a signal ended it. */
  readonly deadStatus: number | null;
  readonly deadSignal: number | null;
  /** A person scrolled back (or any other mode of tmux): keys would not reach the program. */
  readonly inMode: boolean;
  readonly inputOff: boolean;
  readonly bracketed: boolean;
  /** Sessions that show the window, the hub included: 1 means that its own session was killed. */
  readonly linkedSessions: number;
  readonly cols: number;
  readonly rows: number;
  readonly title: string;
}

export type Refusal =
  | 'wrong_epoch'
  | 'cursor_ahead'
  | 'cursor_behind'
  | 'unsent'
  | 'dead'
  | 'copy_mode'
  | 'input_off'
  | 'no_bracketed_paste'
  | 'no_pane';

/** What the guard saw when it refused. */
export type GuardState = Pick<
  PaneState,
  'id' | 'epoch' | 'seq' | 'sent' | 'dead' | 'inMode' | 'inputOff' | 'bracketed'
>;
export type Guarded =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: Refusal; readonly state: GuardState | null };

export interface Birth {
  readonly session: string;
  readonly id: string;
  readonly epoch: number;
  /** The program and its arguments, executed without a shell. The caller gives the environment (`/usr/bin/env -i …`). */
  readonly argv: readonly string[];
  /** An existing directory; tmux alone would silently fall back to the home directory. */
  readonly cwd?: string;
  readonly cols?: number;
  readonly rows?: number;
}

export interface Snapshot {
  /** Written into a fresh terminal of `cols` × `rows`, it shows what the pane shows. */
  readonly ansi: string;
  readonly cursor: { readonly x: number; readonly y: number };
  readonly cols: number;
  readonly rows: number;
  /** The next `output` of this pane whose end offset is greater continues from here. */
  readonly offset: number;
}

export interface TerminalEvents {
  /** Bytes of `pane` (`%7`), and how many of its bytes this server object has seen with them. */
  output: [pane: string, bytes: Uint8Array, endOffset: number];
  /** Output of `pane` was lost (it flooded, or our client was replaced): viewers need a new snapshot. */
  resync: [pane: string];
  bracketed: [{ id: string; epoch: number; on: boolean }];
  mode: [{ id: string; epoch: number; inMode: boolean; inputOff: boolean }];
  title: [{ id: string; epoch: number; title: string }];
  /**
   * `lastScreen` has SGR escapes and up to 200 lines of history. It may lack what a program wrote in its last
   * millisecond: tmux 3.3 closes a pane when its child ends, and does not read what is left (2 of 100 programs that
   * wrote one line and ended). `status` is null when a signal ended it. Told within 1.1 s, mostly within 10 ms.
   */
  dead: [{ id: string; epoch: number; status: number | null; signal: number | null; lastScreen: string }];
  /** The window is no more, whoever closed it. */
  gone: [{ id: string; epoch: number; reason: 'window_closed' | 'killed_on_host' | 'server_exit' }];
  /** The tmux server died with every pane; a new, empty one is running. `gone` follows for each pane. */
  server_exit: [];
}

/**
 * The terminals of one host. Everything that depends on a cursor is one compare-and-set inside tmux, so it is safe to
 * call twice, from two processes, and to be killed at any point.
 *
 * What it is not: it knows no provider, message or session log, keeps nothing on disk, and never retries a paste.
 *
 * Errors are `CaoError`: `bad_request` (nothing was done), `gone` (that pane of that epoch is no more), `conflict`
 * (the pane cannot take it now), `unavailable` (tmux cannot be reached; as `OutcomeUnknownError` when the command may
 * have been carried out: read the pane's cursor before going on).
 */
export interface TerminalServer {
  /** Starts or joins the tmux server and adopts its panes; their bracketed-paste mode is found out in the background. */
  start(): Promise<void>;
  /** Detaches. The tmux server and its panes live on. */
  stop(): Promise<void>;
  /** Ends the tmux server with all its panes. */
  kill(): Promise<void>;
  /** Idempotent: the window of that id and epoch is adopted if it is there. */
  birth(birth: Birth): Promise<PaneRef & { readonly adopted: boolean }>;
  /** Every pane of ours, dead ones included, in order of birth. */
  list(): Promise<PaneState[]>;
  /** Pastes `text` if the pane's cursor is `prev` and submitted, and moves it to `seq`. */
  deliver(
    pane: PaneRef,
    message: { readonly prev: number; readonly seq: number; readonly text: string },
  ): Promise<Guarded>;
  /** Presses Return for the text `seq`, once. */
  submit(pane: PaneRef, message: { readonly prev: number; readonly seq: number }): Promise<Guarded>;
  /** Presses Return again for a text already submitted. */
  resubmit(pane: PaneRef, message: { readonly seq: number }): Promise<Guarded>;
  /** The text `seq` was removed from the input line: the next one may come. */
  settleCursor(pane: PaneRef, message: { readonly seq: number }): Promise<void>;
  /** Named keys (see `keyNames`), `C-x`, `M-x` or single printable characters. */
  keys(pane: PaneRef, keys: readonly string[]): Promise<void>;
  /** A person's raw bytes. */
  type(pane: PaneRef, bytes: Uint8Array): Promise<void>;
  /** The visible text and `history` lines above it, with SGR escapes; wrapped lines are joined. */
  capture(pane: PaneRef, options?: { readonly history?: number | 'all' }): Promise<string>;
  screen(pane: PaneRef): Promise<Screen>;
  snapshot(pane: PaneRef, options?: { readonly history?: number }): Promise<Snapshot>;
  /**
   * tmux itself writes what the pane writes into a line of shell from now on, also while nobody is attached.
   * @returns the end offset of `output` at that moment: what lies behind it goes there.
   */
  pipe(pane: PaneRef, command: string): Promise<number>;
  /**
   * Ends that.
   * @returns two end offsets of `output`: what lies before `flushed` went there, what lies behind `ended` did not. Of what is
   * between them, which is mostly nothing, tmux has written a beginning.
   */
  unpipe(pane: PaneRef): Promise<{ readonly flushed: number; readonly ended: number }>;
  resize(pane: PaneRef, cols: number, rows: number): Promise<void>;
  /** Idempotent. Kills the window; whether the program then lives on is for the caller to look at. */
  close(pane: PaneRef): Promise<void>;
  /** The line with which a person on the host looks at a session, without taking part. */
  attachCommand(session: string): string;
  /** @returns the function that ends the subscription. */
  on<E extends keyof TerminalEvents>(event: E, listener: (...args: TerminalEvents[E]) => void): () => void;
}
