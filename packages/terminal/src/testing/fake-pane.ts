import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { DEFAULT_COLS, DEFAULT_ROWS } from '../pane/birth.ts';
import type { Birth, GuardState, PaneRef, PaneState } from '../terminal-server.ts';
import { PasteMode } from '../watch/paste-mode.ts';

export type FakeEvent =
  | { readonly kind: 'output'; readonly bytes: Buffer }
  | { readonly kind: 'mode' | 'title' | 'paste' | 'dead' };

/** A real child process on pipes, where tmux has a pty: no echo, no line editing, and its screen only grows. */
export class FakePane {
  readonly ref: PaneRef;
  readonly session: string;
  readonly closed: Promise<void>;
  readonly pasteMode = new PasteMode();
  seq = 0;
  sent = 0;
  inMode = false;
  inputOff = false;
  cols: number;
  rows: number;
  title = '';
  dead = false;
  status: number | null = null;
  signal: number | null = null;
  #output: Buffer[] = [];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #tell: (event: FakeEvent) => void;

  constructor(birth: Birth, number: number, tell: (event: FakeEvent) => void) {
    const [file = '', ...args] = birth.argv;
    this.#tell = tell;
    this.session = birth.session;
    this.cols = birth.cols ?? DEFAULT_COLS;
    this.rows = birth.rows ?? DEFAULT_ROWS;
    this.#child = spawn(file, args, { ...(birth.cwd !== undefined && { cwd: birth.cwd }), detached: true });
    this.ref = {
      ...{ id: birth.id, epoch: birth.epoch, pane: `%${number}`, window: `@${number}` },
      pid: this.#child.pid ?? 0,
    };
    this.#child.stdin.on('error', () => {}); // a program that ended takes no input
    this.#child.stdout.on('data', (bytes: Buffer) => this.#onOutput(bytes));
    this.#child.stderr.on('data', (bytes: Buffer) => this.#onOutput(bytes));
    this.closed = new Promise((resolve) => {
      const end = (status: number | null, signal: NodeJS.Signals | null) => {
        if (this.dead) return;
        this.dead = true;
        this.status = status;
        this.signal = signal === null ? null : constants.signals[signal];
        resolve();
        tell({ kind: 'dead' });
      };
      this.#child.once('error', () => end(127, null));
      this.#child.once('close', end);
    });
  }

  get text(): string {
    return Buffer.concat(this.#output).toString();
  }

  get guard(): GuardState {
    const { seq, sent, dead, inMode, inputOff } = this;
    return {
      id: this.ref.id,
      epoch: this.ref.epoch,
      seq,
      sent,
      dead,
      inMode,
      inputOff,
      bracketed: this.pasteMode.on,
    };
  }

  state(linkedSessions: number): PaneState {
    const { session, cols, rows, title, status: deadStatus, signal: deadSignal } = this;
    return { ...this.ref, ...this.guard, session, cols, rows, title, deadStatus, deadSignal, linkedSessions };
  }

  write(bytes: string | Uint8Array): void {
    this.#child.stdin.write(bytes);
  }

  set(change: Partial<Pick<FakePane, 'inMode' | 'inputOff'>>): void {
    Object.assign(this, change);
    this.#tell({ kind: 'mode' });
  }

  end(): void {
    if (!this.dead) this.#child.kill('SIGKILL');
  }

  #onOutput(bytes: Buffer): void {
    this.#output.push(bytes);
    const { heard } = this.pasteMode;
    const changed = this.pasteMode.feed(bytes);
    this.#tell({ kind: 'output', bytes });
    if (changed || this.pasteMode.heard !== heard) this.#tell({ kind: 'paste' });
    const title = /\u001b\]2;([^\u0007]*)\u0007/.exec(bytes.toString())?.[1];
    if (title !== undefined && title !== this.title) {
      this.title = title;
      this.#tell({ kind: 'title' });
    }
  }
}
