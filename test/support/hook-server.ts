import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenHook {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
}

/** Receives hooks on loopback, as a worker-agent does. */
export interface HookServer {
  readonly url: string;
  readonly seen: readonly SeenHook[];
  /** The next hook of that name that nobody has taken yet; those before it are skipped over. */
  next(name: string): Promise<SeenHook>;
  /** The answer to every later hook of that name; the default is `{}`. */
  reply(name: string, body: unknown): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startHookServer(): Promise<HookServer> {
  const seen: SeenHook[] = [];
  const replies = new Map<string, unknown>();
  let taken = 0;
  let wake: () => void = () => {};
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      const body = JSON.parse(text) as Record<string, unknown>;
      const name = String(body.hook_event_name);
      seen.push({ name, body, headers: request.headers });
      wake();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(replies.get(name) ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    seen,
    async next(name) {
      for (;;) {
        const at = seen.findIndex((hook, index) => index >= taken && hook.name === name);
        if (at >= 0) {
          taken = at + 1;
          return seen[at] as SeenHook;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    reply: (name, body) => void replies.set(name, body),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
