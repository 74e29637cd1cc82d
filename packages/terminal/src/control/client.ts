import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Logger } from '@cao/runtime';
import { diesWithUs } from './dies-with-us.ts';
import { OutcomeUnknownError } from './errors.ts';
import { ControlParser } from './parser.ts';
import { assertOneLine } from './quote.ts';
import type { Block, Reply } from './reply.ts';

/**
 * A tmux that does not answer for this long hangs: the client is replaced. Answers take about 1 ms, and the longest
 * seen under a flood of all panes stayed below 1 s; the mail bell gives a delivery 20 s.
 */
export const COMMAND_DEADLINE_MS = 10_000;

/**
 * A client that meets a server in the act of ending may never be attached. Attaching takes about 10 ms; one that is
 * given up is made anew, which costs nothing but the time.
 */
const ATTACH_DEADLINE_MS = 3_000;

/** How long the last answers of a client that ended are waited for. They are in the pipe already. */
const DRAIN_MS = 100;

export interface Sent<T> {
  /** Runs as soon as the answer is complete, before anything that tmux wrote after it is looked at. */
  read(reply: Reply): T;
  /** Runs at the end of each block of the answer: what is read here is true at that point of the stream. */
  atBlock?(): void;
}

interface Pending {
  readonly sentinel: string;
  readonly blocks: Block[];
  readonly atBlock: (() => void) | undefined;
  readonly sentAt: number;
  settle(reply: Reply): void;
  reject(cause: Error): void;
}

export interface ControlClientOptions {
  readonly bin: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly log: Logger;
  readonly onOutput: (pane: string, bytes: Buffer) => void;
  readonly onNotice: (name: string, rest: string) => void;
}

/**
 * One `tmux -C` on pipes: commands go in and are answered in order. Each command is followed by a sentinel line, since
 * a command list answers with a number of blocks that depends on what it did.
 */
export class ControlClient {
  /** Ends when the process has ended and all it wrote was read. */
  readonly closed: Promise<void>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #queue: Pending[] = [];
  readonly #nonce = randomBytes(9).toString('hex');
  #sent = 0;
  #why: string | undefined;
  #deadline: NodeJS.Timeout | undefined;
  /** Commands asked for before the client is attached: tmux would run them for "no current client". */
  #held: string[] | undefined = [];

  constructor(options: ControlClientOptions) {
    const parser = new ControlParser({
      block: (block, ours) => (ours ? this.#onBlock(block) : this.#onGreeting(block)),
      output: options.onOutput,
      notice: options.onNotice,
    });
    // Detached: a signal to our process group must reach neither this client (it ends with its stdin) nor the server.
    const { file, args } = diesWithUs(options.bin, options.args, options.env.PATH ?? '');
    this.#child = spawn(file, args, { env: { ...options.env }, detached: true });
    this.#child.stdout.on('data', (chunk: Buffer) => {
      try {
        parser.feed(chunk);
      } catch (err) {
        options.log.error({ err }, 'the stream of tmux cannot be read; its client is replaced');
        this.destroy('the stream of tmux could not be read');
      }
    });
    this.#child.stderr.on('data', (chunk: Buffer) =>
      options.log.warn({ stderr: chunk.toString() }, 'tmux says'),
    );
    this.#child.stdin.on('error', () => {}); // EPIPE: the process ended, and `closed` tells it
    this.closed = new Promise((resolve) => {
      const end = (why: string) => {
        this.#why ??= why;
        clearTimeout(this.#deadline);
        for (const pending of this.#queue.splice(0)) pending.reject(new OutcomeUnknownError(this.#why));
        resolve();
      };
      this.#child.once('error', (cause) => end(`tmux could not be run (${cause.message})`));
      this.#child.once('close', () => end('the control client of tmux ended'));
      // The server holds the same pipes: one that hangs would keep them open, and us waiting.
      this.#child.once('exit', () => setTimeout(() => this.#dropPipes(), DRAIN_MS));
    });
  }

  get alive(): boolean {
    return this.#why === undefined;
  }

  send<T>(line: string, { read, atBlock }: Sent<T>): Promise<T> {
    assertOneLine(line);
    if (this.#why !== undefined) return Promise.reject(new OutcomeUnknownError(this.#why));
    return new Promise((resolve, reject) => {
      const sentinel = `${this.#nonce}-${++this.#sent}`;
      const settle = (reply: Reply) => {
        try {
          resolve(read(reply));
        } catch (cause) {
          reject(cause);
        }
      };
      this.#queue.push({ sentinel, blocks: [], atBlock, sentAt: performance.now(), settle, reject });
      const written = `${line}\ndisplay-message -p ${sentinel}\n`;
      if (this.#held) this.#held.push(written);
      else this.#child.stdin.write(written);
      this.#armDeadline();
    });
  }

  /** Detaches: tmux ends the client when its stdin ends. */
  end(): void {
    this.#child.stdin.end();
  }

  destroy(why: string): void {
    this.#why ??= why;
    this.#child.kill('SIGKILL');
  }

  #dropPipes(): void {
    for (const pipe of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) pipe.destroy();
  }

  /** The first block that answers nobody is that of the attachment itself. */
  #onGreeting(block: Block): void {
    if (!this.#held) return;
    if (!block.ok) {
      this.destroy(`tmux refused to attach (${block.lines.join(' ')})`);
      return;
    }
    for (const written of this.#held) this.#child.stdin.write(written);
    this.#held = undefined;
  }

  #onBlock(block: Block): void {
    const pending = this.#queue[0];
    if (!pending) return;
    if (block.lines.length !== 1 || block.lines[0] !== pending.sentinel) {
      pending.blocks.push(block);
      pending.atBlock?.();
      return;
    }
    this.#queue.shift();
    this.#armDeadline();
    pending.settle(pending.blocks);
  }

  /** One timer for the oldest command, none while nothing is asked. */
  #armDeadline(): void {
    const oldest = this.#queue[0];
    if (!oldest) {
      clearTimeout(this.#deadline);
      this.#deadline = undefined;
    } else if (this.#deadline === undefined) {
      const left = oldest.sentAt + this.#limitMs() - performance.now();
      this.#deadline = setTimeout(() => this.#expired(), Math.max(1, left));
    }
  }

  #expired(): void {
    this.#deadline = undefined;
    const oldest = this.#queue[0];
    // The timer may have been armed for a command that was answered meanwhile.
    if (oldest && performance.now() - oldest.sentAt >= this.#limitMs() - 1) {
      this.destroy(`tmux did not answer within ${this.#limitMs()} ms`);
    } else this.#armDeadline();
  }

  #limitMs(): number {
    return this.#held ? ATTACH_DEADLINE_MS : COMMAND_DEADLINE_MS;
  }
}
