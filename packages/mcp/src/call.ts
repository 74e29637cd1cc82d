import type { Client } from '@cao/client';

/**
 * One tool call of one agent, as the tools see it. Esc, a time-out of the CLI or a broken connection only detaches:
 * the task goes on, and its outcome comes by the next call or as a message.
 */
export interface ToolCall {
  readonly terminalId: string;
  /** The api, with this terminal's own token. */
  readonly client: Client;
  /** The CLI's own id of this call, where it sends one: the key of idempotence. */
  readonly toolUseId: string | undefined;
  /** Aborts when the call must be answered now: its time is over (240 s, or what its CLI bears), or this process is stopping. */
  readonly answerNow: AbortSignal;
  /** Aborts when the CLI is no longer there to read an answer. */
  readonly gone: AbortSignal;
  readonly open: OpenTasks;
  /** Runs once the answer's bytes are with the CLI. Not at all for a broken call. */
  afterAnswer(confirm: () => Promise<void>): void;
}

/** The tasks that calls of one terminal hold open, and one creation at a time: twins are told from retries by it. */
export interface OpenTasks {
  ids(): string[];
  hold(taskId: string): void;
  release(taskId: string): void;
  /** @returns what `create` returned; creations of one terminal run one after the other. */
  oneAtATime<T>(create: () => Promise<T>): Promise<T>;
}

export function openTasks(): OpenTasks {
  const held = new Map<string, number>();
  let tail: Promise<unknown> = Promise.resolve();
  return {
    ids: () => [...held.keys()],
    hold: (id) => void held.set(id, (held.get(id) ?? 0) + 1),
    release(id) {
      const left = (held.get(id) ?? 0) - 1;
      if (left > 0) held.set(id, left);
      else held.delete(id);
    },
    oneAtATime<T>(create: () => Promise<T>) {
      const mine = tail.then(create, create);
      tail = mine;
      return mine;
    },
  };
}
