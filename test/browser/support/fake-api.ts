import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { API_PREFIX, api, CaoError, type Endpoint, errorTable, toErrorBody } from '@cao/contracts';
import { answers, type Call } from './answers.ts';
import { type FakeLive, startFakeLive } from './fake-live.ts';
import type { PageFiles } from './page-files.ts';
import type { World } from './world.ts';

/** What the page must work under; the api sends the same. */
const PAGE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

export interface FakeApi extends AsyncDisposable {
  readonly url: string;
  readonly live: FakeLive;
  /** Codes that may be exchanged, and the scope of the token one gets. */
  readonly codes: Map<string, string>;
  readonly tokens: Map<string, string>;
  /** Method and path of each request answered, for the proof that nothing is polled. */
  readonly requests: string[];
  /** Answers every request of this path prefix with the error, until it is cleared. */
  broken: { path: string; error: CaoError } | null;
  /** Nobody listens at the address any more, and all connections end. */
  down(): Promise<void>;
  up(): Promise<void>;
}

/** The api as the page sees it: real HTTP and WebSocket, checked by the contracts, over a world in memory. */
export async function startFakeApi(world: World, page: PageFiles): Promise<FakeApi> {
  const codes = new Map<string, string>();
  const tokens = new Map<string, string>();
  const requests: string[] = [];
  let server: Server;
  let port = 0;

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://page');
    if (!url.pathname.startsWith('/api/')) return sendFile(url.pathname, response);
    requests.push(`${request.method} ${url.pathname}`);
    try {
      if (fake.broken && url.pathname.startsWith(API_PREFIX + fake.broken.path)) throw fake.broken.error;
      const { endpoint, name, params } = find(request.method ?? '', url.pathname);
      const scope = tokens.get(request.headers.authorization?.slice('Bearer '.length) ?? '');
      if (endpoint.scope !== 'open' && scope === undefined)
        throw new CaoError('unauthenticated', 'the token is not known');
      const call: Call = {
        params,
        query: endpoint.query?.parse(Object.fromEntries(url.searchParams)) ?? {},
        body: endpoint.body?.parse(JSON.parse(await text(request))) ?? {},
        scope: scope ?? '',
      };
      const answer = answers[name];
      if (!answer) throw new CaoError('internal', `the fake api has no ${name}`);
      const body = endpoint.response.parse(answer(call, { world, codes, tokens }));
      send(response, endpoint.status ?? 200, body);
    } catch (error) {
      const known = error instanceof CaoError ? error : new CaoError('bad_request', String(error));
      send(response, errorTable[known.code].status, toErrorBody(known));
    }
  };

  const sendFile = async (path: string, response: ServerResponse) => {
    const file = await page.read(path).catch(() => null);
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': file.type,
      'content-security-policy': PAGE_CSP,
      'x-content-type-options': 'nosniff',
    });
    response.end(file.body);
  };

  const live = startFakeLive(world, tokens);
  const up = () =>
    new Promise<void>((resolve, reject) => {
      server = createServer((request, response) => void handle(request, response));
      server.on('upgrade', live.onUpgrade);
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        port = (server.address() as AddressInfo).port;
        resolve();
      });
    });
  const down = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    live.dropAll();
    server.closeAllConnections();
    await closed;
  };
  await up();
  const fake: FakeApi = {
    url: `http://127.0.0.1:${port}`,
    live,
    codes,
    tokens,
    requests,
    broken: null,
    down,
    up,
    [Symbol.asyncDispose]: down,
  };
  return fake;
}

function find(
  method: string,
  path: string,
): { endpoint: Endpoint; name: string; params: Record<string, string> } {
  for (const [noun, verbs] of Object.entries(api))
    for (const [verb, endpoint] of Object.entries(verbs) as [string, Endpoint][]) {
      const pattern = new RegExp(`^${API_PREFIX}${endpoint.path.replace(/:([a-z_]+)/g, '(?<$1>[^/]+)')}$`);
      const match = endpoint.method === method ? pattern.exec(path) : null;
      if (match) return { endpoint, name: `${noun}.${verb}`, params: { ...match.groups } };
    }
  throw new CaoError('not_found', `there is no ${method} ${path}`);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
