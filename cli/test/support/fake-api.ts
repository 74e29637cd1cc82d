import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  API_PREFIX,
  api,
  CaoError,
  type Endpoint,
  errorTable,
  LIVE_PATH,
  LIVE_PROTOCOL,
  type LivePush,
  type LiveRequest,
  liveRequest,
  toErrorBody,
} from '@cao/contracts';
import { type WebSocket, WebSocketServer } from 'ws';

export interface Call {
  /** `sessions.create` */
  readonly name: string;
  readonly params: Record<string, string>;
  readonly query: Record<string, unknown>;
  readonly body: unknown;
  readonly token: string | undefined;
  /** Aborted when the caller hangs up before the answer. */
  readonly gone: AbortSignal;
}
/** An answer as its endpoint's contract wants it; a CaoError is answered as the api does. */
export type Handler = (call: Call) => unknown;

export interface FakeApi extends AsyncDisposable {
  readonly url: string;
  /** Every call, in order. */
  readonly calls: readonly Call[];
  /** The next request on a live connection that this finds, past ones included once. */
  request<T extends LiveRequest['t']>(t: T): Promise<Extract<LiveRequest, { t: T }>>;
  push(push: LivePush): void;
  /** Breaks every live connection, as a dying replica does. */
  dropLive(): void;
}

/**
 * The api's outside, from the same contracts: both what comes in and what a test lets it answer are checked, so that
 * a test cannot pass on words that the real one does not speak.
 */
export async function startFakeApi(handlers: Readonly<Record<string, Handler>>): Promise<FakeApi> {
  const calls: Call[] = [];
  const routes = Object.entries(api).flatMap(([noun, verbs]) =>
    Object.entries(verbs).map(([verb, endpoint]) => makeRoute(`${noun}.${verb}`, endpoint as Endpoint)),
  );

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    const route = routes.find(
      (one) => one.endpoint.method === request.method && one.pattern.test(url.pathname),
    );
    if (!route) throw new CaoError('not_found', `the fake api has no ${request.method} ${url.pathname}`);
    const { endpoint, name } = route;
    const raw = await text(request);
    const gone = new AbortController();
    response.once('close', () => response.writableFinished || gone.abort());
    const call: Call = {
      name,
      params: check(endpoint.params, route.pattern.exec(url.pathname)?.groups ?? {}) as Record<
        string,
        string
      >,
      query: check(endpoint.query, Object.fromEntries(url.searchParams)) as Record<string, unknown>,
      body: check(endpoint.body, raw === '' ? undefined : JSON.parse(raw)),
      token: request.headers.authorization?.replace('Bearer ', ''),
      gone: gone.signal,
    };
    calls.push(call);
    const handler = handlers[name];
    if (!handler) throw new Error(`the test has no answer for ${name}`);
    const result = endpoint.response.parse(await handler(call));
    response
      .writeHead(endpoint.status ?? 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(result));
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((cause: unknown) => {
      const error = cause instanceof CaoError ? cause : new CaoError('internal', String(cause));
      if (!response.destroyed)
        response.writeHead(errorTable[error.code].status).end(JSON.stringify(toErrorBody(error)));
    });
  });
  const live = serveLive(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    ...live,
    async [Symbol.asyncDispose]() {
      live.dropLive();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function makeRoute(name: string, endpoint: Endpoint) {
  const pattern = new RegExp(`^${API_PREFIX}${endpoint.path.replace(/:([a-z_]+)/g, '(?<$1>[^/]+)')}$`);
  return { name, endpoint, pattern };
}

function check(schema: Endpoint['body'], value: unknown): unknown {
  if (!schema) return value;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CaoError(
    'bad_request',
    `${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`,
  );
}

function serveLive(server: ReturnType<typeof createServer>) {
  const sockets = new Set<WebSocket>();
  const requests: LiveRequest[] = [];
  let arrived = () => {};
  const wss = new WebSocketServer({ server, path: LIVE_PATH, handleProtocols: () => LIVE_PROTOCOL });
  wss.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('message', (data) => {
      const request = liveRequest.parse(JSON.parse(String(data)));
      if (request.t === 'subscribe')
        socket.send(JSON.stringify({ t: 'subscribed', after: request.after ?? 100 } satisfies LivePush));
      requests.push(request);
      arrived();
    });
  });
  return {
    async request<T extends LiveRequest['t']>(t: T): Promise<Extract<LiveRequest, { t: T }>> {
      for (;;) {
        const at = requests.findIndex((one) => one.t === t);
        if (at >= 0) return requests.splice(at, 1)[0] as Extract<LiveRequest, { t: T }>;
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
    },
    push(push: LivePush) {
      for (const socket of sockets) socket.send(JSON.stringify(push));
    },
    dropLive() {
      for (const socket of sockets) socket.terminate();
    },
  };
}
