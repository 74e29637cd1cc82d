import { setTimeout as delay } from 'node:timers/promises';
import { CaoError } from '@cao/contracts';
import type { Logger } from '@cao/runtime';
import type { ControlClient, Sent } from './client.ts';
import type { Reply } from './reply.ts';

/** A command that finds no client waits this long for a new one; connecting takes about 20 ms. */
const READY_DEADLINE_MS = 5_000;
const FIRST_RETRY_MS = 20;
/** Slow enough to cost nothing while tmux cannot be run at all, fast enough to be back within a bell's deadline. */
const LAST_RETRY_MS = 2_000;
/** A detached client ends at once; one that does not is killed, which loses nothing. */
const DETACH_DEADLINE_MS = 2_000;

export interface Commander {
  run(line: string): Promise<Reply>;
  run<T>(line: string, sent: Sent<T>): Promise<T>;
}

const asIs: Sent<Reply> = { read: (reply) => reply };

/**
 * Keeps one control client attached. When it dies, a new one is made and `setUp` runs before any other command.
 *
 *   idle → (start) → connected ⇄ reconnecting → (stop) → stopped
 */
export class Connection implements Commander {
  readonly #connect: () => ControlClient;
  readonly #setUp: (client: Commander) => Promise<void>;
  readonly #log: Logger;
  #client: ControlClient | undefined;
  #ready = Promise.withResolvers<void>();
  #running = false;
  #stopping = new AbortController();

  constructor(options: {
    readonly connect: () => ControlClient;
    readonly setUp: (client: Commander) => Promise<void>;
    readonly log: Logger;
  }) {
    this.#connect = options.connect;
    this.#setUp = options.setUp;
    this.#log = options.log;
  }

  async start(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    this.#stopping = new AbortController();
    try {
      await this.#attach();
    } catch (cause) {
      this.#running = false;
      throw cause;
    }
  }

  /**
   * @param lastAct runs while the client is still attached, and may end the server.
   * @returns once the client has ended.
   */
  async stop(lastAct?: () => Promise<void>): Promise<void> {
    this.#running = false;
    this.#stopping.abort();
    await lastAct?.();
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    this.#ready = Promise.withResolvers();
    client.end();
    const hung = setTimeout(() => client.destroy('it did not detach'), DETACH_DEADLINE_MS);
    await client.closed;
    clearTimeout(hung);
  }

  run(line: string): Promise<Reply>;
  run<T>(line: string, sent: Sent<T>): Promise<T>;
  async run(line: string, sent: Sent<unknown> = asIs): Promise<unknown> {
    // No await while connected: commands keep the order in which they were asked for.
    if (this.#client) return this.#client.send(line, sent);
    await this.#untilReady();
    return this.run(line, sent);
  }

  async #untilReady(): Promise<void> {
    if (!this.#running)
      throw new CaoError('unavailable', 'the terminal server was not started, or is stopped');
    const timer = new AbortController();
    const expired = delay(READY_DEADLINE_MS, undefined, { signal: timer.signal }).then(() => {
      throw new CaoError(
        'unavailable',
        'tmux cannot be reached; nothing was done. Its client is being restarted',
      );
    });
    try {
      await Promise.race([this.#ready.promise, expired]);
    } finally {
      timer.abort();
      expired.catch(() => {}); // the abort itself
    }
  }

  async #attach(): Promise<void> {
    const client = this.#connect();
    const direct = {
      run: (line: string, sent: Sent<unknown> = asIs) => client.send(line, sent),
    } as Commander;
    try {
      await this.#setUp(direct);
    } catch (cause) {
      client.destroy('it could not be set up');
      await client.closed;
      throw cause;
    }
    if (!this.#running) {
      client.end();
      return client.closed;
    }
    this.#client = client;
    this.#ready.resolve();
    void client.closed.then(() => this.#lost(client));
  }

  #lost(client: ControlClient): void {
    if (!this.#running || this.#client !== client) return;
    this.#client = undefined;
    this.#ready = Promise.withResolvers();
    this.#log.warn({}, 'the control client of tmux ended; making a new one');
    void this.#reattach();
  }

  async #reattach(): Promise<void> {
    for (let wait = FIRST_RETRY_MS; this.#running; wait = Math.min(wait * 2, LAST_RETRY_MS)) {
      try {
        return await this.#attach();
      } catch (err) {
        this.#log.error({ err, retryMs: wait }, 'tmux cannot be reached');
        await delay(wait, undefined, { signal: this.#stopping.signal }).catch(() => {});
      }
    }
  }
}
