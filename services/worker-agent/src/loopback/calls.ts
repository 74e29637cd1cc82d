import type { ServerResponse } from 'node:http';
import { createClient } from '@cao/client';
import { type CallAuth, MAX_CALL_MS, type OpenTasks, openTasks } from '@cao/mcp';
import type { Logger } from '@cao/runtime';
import type { TerminalSession } from '../session/session.ts';

/** What one MCP request of one terminal means to the tools: its deadlines, and what follows once it is answered. */
export interface Calls {
  authFor(session: TerminalSession, response: ServerResponse): CallAuth;
  /** Answers every open call now; new ones get their answer at once. */
  stop(): void;
}

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
        Promise.all(confirms.map((confirm) => confirm()))
          .catch((error) =>
            log.warn(
              { err: error, terminal: session.ref.id },
              'an answer could not be confirmed; it may come again as a message',
            ),
          )
          .finally(release);
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
