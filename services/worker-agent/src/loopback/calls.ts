import type { ServerResponse } from 'node:http';
import { createClient } from '@cao/client';
import { type CallAuth, MAX_CALL_MS, type OpenTasks, openTasks } from '@cao/mcp';
import type { Logger } from '@cao/runtime';
import type { TerminalSession } from '../session/session.ts';

/** The part of a session that its calls need. */
export type Caller = Pick<TerminalSession, 'ref' | 'openCalls' | 'teller'> & {
  readonly record: Pick<TerminalSession['record'], 'token'>;
  readonly provider: Pick<TerminalSession['provider'], 'maxCallMs'>;
};

/** What one MCP request of one terminal means to the tools: its deadlines, and what follows once it is answered. */
export interface Calls {
  authFor(session: Caller, response: ServerResponse): CallAuth;
  /** Answers every open call now; new ones get their answer at once. */
  stop(): void;
}

/** What its terminal has to tell waits so long for a confirmation; an api that is away restarts within this. Units: ms. */
const CONFIRMED_MS = 5_000;

export function makeCalls(apiUrl: string, log: Logger): Calls {
  const stopping = new AbortController();
  const openByTerminal = new Map<string, OpenTasks>();

  const openOf = (terminalId: string): OpenTasks => {
    const open = openByTerminal.get(terminalId) ?? openTasks();
    openByTerminal.set(terminalId, open);
    return open;
  };

  return {
    authFor(session, response) {
      const { token } = session.record;
      const open = openOf(session.ref.id);
      const held: string[] = [];
      const confirms: (() => Promise<void>)[] = [];
      const gone = new AbortController();
      session.openCalls++;
      response.once('close', () => session.openCalls--);
      const release = () => {
        for (const id of held.splice(0)) open.release(id);
      };
      // Held until the api knows that the answer was written: a twin that comes in between is a new task.
      response.once('finish', () => {
        const confirmed = Promise.all(confirms.map((confirm) => confirm()))
          .catch((error) =>
            log.warn(
              { err: error, terminal: session.ref.id },
              'an answer could not be confirmed; it may come again as a message',
            ),
          )
          .finally(release);
        if (confirms.length === 0) return;
        // If the end of its turn came to the api before, the outcome would be told once more, as a message.
        session.teller.then(() => atMost(CONFIRMED_MS, confirmed));
      });
      response.once('close', () => {
        if (response.writableFinished) return;
        gone.abort();
        release();
      });
      return {
        token,
        clientId: session.ref.id,
        scopes: [],
        extra: {
          call: {
            terminalId: session.ref.id,
            client: createClient({ url: apiUrl, token }),
            answerNow: AbortSignal.any([
              stopping.signal,
              AbortSignal.timeout(Math.min(MAX_CALL_MS, session.provider.maxCallMs)),
            ]),
            gone: gone.signal,
            open: {
              ...open,
              hold(id) {
                held.push(id);
                open.hold(id);
              },
            },
            afterAnswer: (confirm) => void confirms.push(confirm),
          },
        },
      };
    },
    stop: () => stopping.abort(),
  };
}

/** Resolves when the work is done, which never fails, or after this time. Units: ms. */
const atMost = (ms: number, work: Promise<unknown>): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
