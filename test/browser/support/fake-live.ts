import { EventEmitter, on } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  LIVE_PATH,
  LIVE_PROTOCOL,
  LIVE_TOKEN_PROTOCOL,
  type LivePush,
  type LiveRequest,
  livePush,
  liveRequest,
} from '@cao/contracts';
import { type WebSocket, WebSocketServer } from 'ws';
import type { World } from './world.ts';

export interface FakeLive {
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** What the page asked for, as it comes. */
  next(kind: LiveRequest['t'], signal?: AbortSignal): Promise<LiveRequest>;
  /** All that the page asked for, oldest first. */
  readonly asked: readonly LiveRequest[];
  /** The pane's bytes go to every page that watches it; late ones get them as their snapshot. */
  screen(terminal: string, cols: number, rows: number, text: string): void;
  output(terminal: string, text: string): void;
  /** Bytes that the page never gets, as if lost on the way. */
  swallow(terminal: string, text: string): void;
  dropAll(): void;
}

interface Pane {
  cols: number;
  rows: number;
  bytes: Buffer;
}

/** The live WebSocket of the fake api. */
export function startFakeLive(world: World, tokens: ReadonlyMap<string, string>): FakeLive {
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => LIVE_PROTOCOL });
  const panes = new Map<string, Pane>();
  const watching = new Map<WebSocket, Set<string>>();
  const asked: LiveRequest[] = [];
  const bell = new EventEmitter();

  const push = (socket: WebSocket, frame: LivePush) => socket.send(JSON.stringify(livePush.parse(frame)));
  const snapshot = (socket: WebSocket, terminal: string) => {
    const pane = panes.get(terminal);
    if (!pane)
      return push(socket, { t: 'error', code: 'not_found', message: 'It has no screen yet.', terminal });
    const { cols, rows, bytes } = pane;
    const data = bytes.toString('base64');
    push(socket, { t: 'snapshot', terminal, epoch: 1, offset: bytes.length, cols, rows, data });
  };
  const toWatchers = (terminal: string, send: (socket: WebSocket) => void) => {
    for (const [socket, watched] of watching) if (watched.has(terminal)) send(socket);
  };
  const serve = (socket: WebSocket, request: LiveRequest) => {
    asked.push(request);
    if (request.t === 'subscribe') {
      push(socket, { t: 'subscribed', after: world.events.length });
      const stop = world.onEvent((event) => push(socket, { t: 'event', event }));
      socket.once('close', stop);
    }
    if (request.t === 'watch') {
      watching.get(socket)!.add(request.terminal);
      snapshot(socket, request.terminal);
    }
    if (request.t === 'unwatch') watching.get(socket)!.delete(request.terminal);
    bell.emit('asked', request);
  };
  const grow = (terminal: string, text: string) => {
    const pane = panes.get(terminal)!;
    const offset = pane.bytes.length;
    const bytes = Buffer.from(text);
    pane.bytes = Buffer.concat([pane.bytes, bytes]);
    return { t: 'output', terminal, epoch: 1, offset, data: bytes.toString('base64') } as const;
  };

  return {
    asked,
    onUpgrade(request, stream, head) {
      const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(', ');
      const token = protocols
        .find((each) => each.startsWith(LIVE_TOKEN_PROTOCOL))
        ?.slice(LIVE_TOKEN_PROTOCOL.length);
      if (request.url !== LIVE_PATH || !tokens.has(token ?? ''))
        return void stream.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      server.handleUpgrade(request, stream, head, (socket) => {
        watching.set(socket, new Set());
        socket.once('close', () => watching.delete(socket));
        socket.on('message', (data) => serve(socket, liveRequest.parse(JSON.parse(String(data)))));
      });
    },
    async next(kind, signal) {
      for await (const [request] of on(bell, 'asked', signal ? { signal } : {}))
        if (request.t === kind) return request;
      throw new Error('unreachable');
    },
    screen(terminal, cols, rows, text) {
      panes.set(terminal, { cols, rows, bytes: Buffer.from(text) });
      toWatchers(terminal, (socket) => snapshot(socket, terminal));
    },
    output(terminal, text) {
      const frame = grow(terminal, text);
      toWatchers(terminal, (socket) => push(socket, frame));
    },
    swallow: (terminal, text) => void grow(terminal, text),
    dropAll() {
      for (const socket of watching.keys()) socket.terminate();
    },
  };
}
