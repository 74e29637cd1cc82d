import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import type { CliSocketApi, RpcMessage } from '@cao/providers';
import type { Logger } from '@cao/runtime';
import { WebSocket } from 'ws';
import { type CliApiClient, makeRedial } from './cli-api.ts';

/** A message carries what a tool read or wrote. Units: bytes. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** A program of this machine takes a connection at once, or it hangs. Units: ms. */
const OPENS_MS = 3_000;

/** Of a CLI that speaks JSON-RPC over a WebSocket on a socket of the file system. */
export function openSocket(
  path: string,
  api: CliSocketApi,
  log: Logger,
  onBody: (body: RpcMessage) => void,
): CliApiClient {
  let open: WebSocket | null = null;

  const follow = async () => {
    // The name may be a link, and the kernel takes short names only.
    const socket = new WebSocket(`ws+unix:${realpathSync(path)}:/`, {
      perMessageDeflate: false,
      handshakeTimeout: OPENS_MS,
      maxPayload: MAX_MESSAGE_BYTES,
    });
    const closed = once(socket, 'close');
    socket.on('error', (error) => log.debug({ err: error }, 'the socket of a CLI failed'));
    socket.on('open', () => {
      open = socket;
      for (const message of api.hello) socket.send(JSON.stringify(message));
    });
    socket.on('message', (data) => {
      const body = messageOf(String(data));
      if (body) onBody(body);
    });
    await closed;
    if (open !== socket) throw new Error(`${path}: nobody took the connection`);
    open = null;
  };

  const redial = makeRedial(follow, log);
  return {
    send: async (asked) => {
      if (asked.kind !== 'socket') throw new Error(`this API is asked by a socket, and not by ${asked.kind}`);
      const socket = open;
      if (!socket) throw new Error(`${path}: no connection`);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      socket.send(JSON.stringify(asked.message), (error) => (error ? reject(error) : resolve()));
      await promise;
    },
    stop() {
      redial.stop();
      open?.removeAllListeners('message');
      open?.close();
    },
  };
}

function messageOf(data: string): RpcMessage | null {
  try {
    const body: unknown = JSON.parse(data);
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as RpcMessage) : null;
  } catch {
    return null; // no message of this protocol
  }
}
