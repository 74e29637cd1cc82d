import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type AgentEvent, CaoError, toErrorBody } from '@cao/contracts';
import { mcpHandler, sessionTools } from '@cao/mcp';
import { freePort, type Logger } from '@cao/runtime';
import type { TerminalSession } from '../session/session.ts';
import { readJson, writeJson } from '../state/json-file.ts';
import { answer, readJsonBody, refuse } from './bodies.ts';
import { makeCalls } from './calls.ts';

const LOOPBACK = '127.0.0.1';
/** Open calls are answered at once on stop; a client that does not read is not waited for longer. Units: ms. */
const STOP_MS = 2_000;
/** A wrong token shows nowhere in a CLI: it is told to the api, at most this often. Units: ms. */
const TELL_REJECTED_MS = 60_000;

export interface Loopback {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface LoopbackOptions {
  readonly apiUrl: string;
  readonly log: Logger;
  readonly emit: (event: AgentEvent) => void;
  readonly byToken: (token: string) => TerminalSession | undefined;
}

/**
 * Where the CLIs of this host send their hooks and call their tools. Its port is fixed for the life of the state
 * folder, because running CLIs have it in their configuration; being bound, it is also the lock of the folder.
 * @throws CaoError conflict when another agent (or program) has the port.
 */
export async function openLoopback(stateDir: string, options: LoopbackOptions): Promise<Loopback> {
  const file = join(stateDir, 'loopback.json');
  const calls = makeCalls(options.apiUrl, options.log);
  const mcp = mcpHandler(sessionTools, (error) => options.log.warn({ err: error }, 'an MCP request failed'));
  const rejected = rejectionTeller(options.emit);

  // Bound before the panes are adopted: what arrives in between waits until its terminal is known again.
  const adopted = Promise.withResolvers<void>();

  const onRequest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await adopted.promise;
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    const session = token === undefined ? undefined : options.byToken(token);
    if (!session) {
      rejected();
      response.setHeader('www-authenticate', 'Bearer');
      return refuse(
        response,
        new CaoError('unauthenticated', 'this token belongs to no terminal of this host'),
      );
    }
    const path = request.url?.split('?')[0];
    const nothing = new CaoError('not_found', 'there is POST /hooks and POST /mcp here');
    if (path !== '/hooks' && path !== '/mcp') return refuse(response, nothing);
    // MCP clients ask for a stream with GET, and take exactly this as "there is none".
    if (request.method !== 'POST') return answer(response, 405, toErrorBody(nothing));
    const body = await readJsonBody(request);
    if (path === '/hooks') {
      const { hook_event_name: name } = body;
      if (typeof name !== 'string')
        return refuse(
          response,
          new CaoError('bad_request', 'hook_event_name: a hook says its name', { field: 'hook_event_name' }),
        );
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const reply = await session.onHook(name, body, gone.signal);
      return gone.signal.aborted ? undefined : answer(response, 200, reply ?? {});
    }
    if (body.method === 'tools/list') response.once('finish', () => session.readiness.toolsListed());
    const auth = calls.authFor(session, response);
    await mcp(
      Object.assign(request as typeof request & { method: string; url: string }, { auth }),
      response,
      body,
    );
  };

  const server = createServer((request, response) => {
    onRequest(request, response).catch((error) => {
      const known =
        error instanceof CaoError ? error : new CaoError('internal', 'something in CAO went wrong');
      if (known.code === 'internal') options.log.error({ err: error }, 'a loopback request failed');
      if (!response.headersSent) refuse(response, known);
      else response.destroy();
    });
  });
  // A call may be silent for four minutes; the CLI's own time-outs decide, not ours.
  server.requestTimeout = 0;

  const known = readJson<{ port: number }>(file)?.port;
  const port = known ?? (await freePort());
  await bind(server, port);
  if (known === undefined) writeJson(file, { port });
  return {
    url: `http://${LOOPBACK}:${port}`,
    async start() {
      adopted.resolve();
    },
    async stop() {
      calls.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const force = setTimeout(() => server.closeAllConnections(), STOP_MS);
      await closed;
      clearTimeout(force);
    },
  };
}

function bind(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error);
      reject(
        new CaoError(
          'conflict',
          `port ${port} is taken: another worker-agent runs on this state folder, or a program took its port`,
        ),
      );
    });
    server.listen(port, LOOPBACK, () => resolve());
  });
}

function rejectionTeller(emit: LoopbackOptions['emit']): () => void {
  let count = 0;
  let told = -Infinity;
  return () => {
    count++;
    if (performance.now() - told < TELL_REJECTED_MS) return;
    told = performance.now();
    emit({ kind: 'token_rejected', count });
    count = 0;
  };
}
