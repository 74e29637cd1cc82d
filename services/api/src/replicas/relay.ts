import { WebSocket } from 'ws';
import { FORWARDED } from './holder.ts';

/** Units: ms. */
const HANDSHAKE_MS = 10_000;

/** The live connection of one viewer to another replica, under the viewer's own token. */
export interface Relay {
  /** In order, also before it is open. */
  send(text: string): void;
  close(): void;
}

/** @param onEnd it ended, or never opened; not called after `close`. */
export function openRelay(
  to: { readonly url: string; readonly token: string; readonly replicaId: string },
  on: { text(text: string, socket: WebSocket): void; end(): void },
): Relay {
  const socket = new WebSocket(to.url.replace(/^http/, 'ws'), {
    headers: { authorization: `Bearer ${to.token}`, [FORWARDED]: to.replicaId },
    handshakeTimeout: HANDSHAKE_MS,
  });
  const early: string[] = [];
  socket.on('open', () => {
    for (const text of early.splice(0)) socket.send(text);
  });
  socket.on('message', (data) => on.text(String(data), socket));
  socket.on('error', () => socket.terminate());
  socket.on('close', on.end);
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
      else early.push(text);
    },
    close() {
      socket.off('close', on.end);
      socket.terminate();
    },
  };
}
