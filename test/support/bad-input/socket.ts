import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A WebSocket that a test drives frame by frame. */
export interface Socket {
  /** Text or bytes as they are; anything else as JSON. */
  send(frame: unknown): void;
  /** The next frame that is accepted, past or to come. */
  until<T = Record<string, unknown>>(what: string, accept: (frame: T) => boolean): Promise<T>;
  readonly closed: Promise<{ code: number; reason: string }>;
  /** Of an upgrade that was refused: its HTTP answer. */
  readonly refused: Promise<{ status: number; text: string }>;
  readonly opened: Promise<void>;
  readonly raw: WebSocket;
  close(): void;
}

/** A hang, not slowness. Units: ms. */
const UNTIL_MS = 20_000;

export interface SocketOptions {
  readonly protocols?: readonly string[];
  readonly token?: string;
  readonly origin?: string;
  /** Whether pings are answered; a half-open connection answers none. */
  readonly autoPong?: boolean;
}

export function openSocket(url: string, options: SocketOptions = {}): Socket {
  const raw = new WebSocket(url.replace(/^http/, 'ws'), [...(options.protocols ?? [])], {
    headers: options.token ? { authorization: `Bearer ${options.token}` } : {},
    ...(options.origin ? { origin: options.origin } : {}),
    autoPong: options.autoPong ?? true,
  });
  const seen: unknown[] = [];
  const waiters = new Set<() => void>();
  raw.on('message', (data) => {
    seen.push(JSON.parse(String(data)));
    for (const look of waiters) look();
  });
  raw.on('error', () => {}); // told by `closed` and `refused`
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    raw.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  const refused = new Promise<{ status: number; text: string }>((resolve) =>
    raw.once('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    }),
  );
  const opened = once(raw, 'open').then(() => {});
  opened.catch(() => {}); // of one that is refused nobody waits for it
  return {
    raw,
    closed,
    refused,
    opened,
    send: (frame) =>
      raw.send(typeof frame === 'string' || frame instanceof Uint8Array ? frame : JSON.stringify(frame)),
    until<T>(what: string, accept: (frame: T) => boolean) {
      return new Promise<T>((resolve, reject) => {
        const look = () => {
          const found = seen.find((frame) => accept(frame as T));
          if (found === undefined) return;
          waiters.delete(look);
          clearTimeout(timer);
          resolve(found as T);
        };
        const timer = setTimeout(() => {
          waiters.delete(look);
          reject(new Error(`there was no ${what}; the last frames: ${JSON.stringify(seen.slice(-5))}`));
        }, UNTIL_MS);
        waiters.add(look);
        look();
      });
    },
    close: () => raw.close(),
  };
}
