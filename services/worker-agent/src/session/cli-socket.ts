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
  onBody: (body: Json) => void,
): CliApiClient {
  let open: Rpc | null = null;

  const follow = async () => {
    // The name may be a link, and the kernel takes short names only.
    const socket = new WebSocket(`ws+unix:${realpathSync(path)}:/`, {
      perMessageDeflate: false,
      handshakeTimeout: OPENS_MS,
      maxPayload: MAX_MESSAGE_BYTES,
    });
    const rpc = rpcOver(socket);
    const closed = once(socket, 'close');
    socket.on('error', (error) => log.debug({ err: error }, 'the socket of a CLI failed'));
    socket.on('open', () => {
      open = rpc;
      for (const message of api.hello)
        rpc.send(message).catch((error) => log.debug({ err: error }, 'a CLI hung up'));
    });
    socket.on('message', (data) => {
      const body = rpc.read(String(data));
      if (body) onBody(body);
    });
    await closed;
    if (open !== rpc) throw new Error(`${path}: nobody took the connection`);
    open = null;
  };

  const redial = makeRedial(follow, log);
  return {
    send: async (asked) => {
      if (asked.kind !== 'socket') throw new Error(`this API is asked by a socket, and not by ${asked.kind}`);
      if (!open) throw new Error(`${path}: no connection`);
      await open.send(asked.message);
    },
    stop() {
      redial.stop();
      open?.close();
    },
  };
}

type Json = Readonly<Record<string, unknown>>;

interface Rpc {
  /** Rejects when it did not go out. */
  send(message: RpcMessage): Promise<void>;
  /** A message of the other side; null: it is none. */
  read(data: string): Json | null;
  close(): void;
}

/** Numbers what is asked, and knows by that what an answer is to. */
function rpcOver(socket: WebSocket): Rpc {
  const asked = new Map<unknown, string>();
  let last = 0;
  return {
    send(message) {
      const isAsked = 'params' in message;
      if (isAsked) asked.set(++last, message.method);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      socket.send(JSON.stringify(isAsked ? { id: last, ...message } : message), (error) =>
        error ? reject(error) : resolve(),
      );
      return promise;
    },
    read(data) {
      const { id, method, ...body } = messageOf(data) ?? {};
      if (typeof method === 'string') return id === undefined ? { method, ...body } : { id, method, ...body };
      const answered = asked.get(id);
      asked.delete(id);
      return answered === undefined ? null : { method: answered, ...body };
    },
    close() {
      socket.removeAllListeners('message');
      socket.close();
    },
  };
}

function messageOf(data: string): Json | null {
  try {
    const body: unknown = JSON.parse(data);
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Json) : null;
  } catch {
    return null; // no message of this protocol
  }
}
