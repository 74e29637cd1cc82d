import {
  LIVE_PATH,
  LIVE_PROTOCOL,
  LIVE_TOKEN_PROTOCOL,
  type LivePush,
  type LiveRequest,
  livePush,
} from '@cao/contracts';
import type { ClientOptions } from './http.ts';

export interface Live {
  send(request: LiveRequest): void;
  close(): void;
}

export interface LiveHandlers {
  onPush(push: LivePush): void;
  /** Called at each (re)connection: subscribe and watch here, so that they survive one. */
  onOpen(live: Live): void;
  onClose?(reason: string): void;
}

/** First pause before dialling again, doubled up to the last. Units: ms. */
const RECONNECT_MS = { first: 200, last: 5_000 };

/** The live connection; dials again by itself until `close()`. Runs in browsers and Node. */
export function openLive(options: ClientOptions, handlers: LiveHandlers): Live {
  const url = new URL(LIVE_PATH, options.url);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  let socket: WebSocket | undefined;
  let pause = RECONNECT_MS.first;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const live: Live = {
    send(request) {
      // Not queued while away: onOpen says again what has to hold.
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(request));
    },
    close() {
      closed = true;
      clearTimeout(timer);
      socket?.close();
    },
  };

  const dial = () => {
    socket = new WebSocket(
      url,
      options.token ? [LIVE_PROTOCOL, LIVE_TOKEN_PROTOCOL + options.token] : [LIVE_PROTOCOL],
    );
    socket.onopen = () => {
      pause = RECONNECT_MS.first;
      handlers.onOpen(live);
    };
    socket.onmessage = (message) => handlers.onPush(livePush.parse(JSON.parse(String(message.data))));
    socket.onclose = (event) => {
      if (closed) return;
      handlers.onClose?.(event.reason || `connection lost (${event.code})`);
      timer = setTimeout(dial, pause * (0.5 + Math.random()));
      pause = Math.min(pause * 2, RECONNECT_MS.last);
    };
  };
  dial();
  return live;
}
