import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A wire to whichever replica of the api answers, as a load balancer has one, and what may happen to a wire. */
export interface Wire {
  readonly port: number;
  /** Every connection through it is reset: bytes on their way are lost. New ones go through. */
  cut(): void;
  /** Open connections stay open and carry nothing more, either way. New ones go through. */
  stall(): void;
  /** Nothing goes through, open or new, until `heal`; then what was on its way arrives. */
  partition(): void;
  heal(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly near: Socket;
  far: Socket | null;
  stalled: boolean;
}

/** @param to ports of the replicas on loopback, taken in turn. */
export async function openWire(to: readonly number[], bind = '127.0.0.1'): Promise<Wire> {
  const pairs = new Set<Pair>();
  let apart = false;
  let turn = 0;

  const flow = (pair: Pair) => {
    if (!pair.far || apart || pair.stalled) return;
    pair.near.pipe(pair.far).pipe(pair.near);
  };
  const stop = ({ near, far }: Pair) => {
    for (const socket of [near, far]) socket?.unpipe().pause();
  };
  const lead = async (pair: Pair) => {
    const { near } = pair;
    const far = await reach(to, turn++);
    if (!far || near.destroyed) {
      near.destroy();
      far?.destroy();
      return;
    }
    pair.far = far;
    far.on('error', () => far.destroy());
    far.on('close', () => near.destroy());
    near.on('close', () => far.destroy());
    flow(pair);
  };
  const server = createServer((near) => {
    const pair: Pair = { near, far: null, stalled: false };
    pairs.add(pair);
    near.on('error', () => near.destroy());
    near.on('close', () => pairs.delete(pair));
    if (!apart) void lead(pair);
  });
  await once(server.listen(0, bind), 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      for (const { near, far } of pairs) {
        near.resetAndDestroy();
        far?.resetAndDestroy();
      }
    },
    stall() {
      for (const pair of pairs) {
        pair.stalled = true;
        stop(pair);
      }
    },
    partition() {
      apart = true;
      pairs.forEach(stop);
    },
    heal() {
      apart = false;
      for (const pair of pairs) {
        if (pair.far) flow(pair);
        else void lead(pair);
      }
    },
    async close() {
      const closed = once(server.close(), 'close');
      for (const { near, far } of pairs) {
        near.destroy();
        far?.destroy();
      }
      await closed;
    },
  };
}

/** A connection to the first that takes one, beginning with the one whose turn it is. */
async function reach(to: readonly number[], turn: number): Promise<Socket | null> {
  for (const n of to.keys()) {
    const socket = connect(to[(turn + n) % to.length]!, '127.0.0.1');
    const taken = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    if (taken) return socket;
    socket.destroy();
  }
  return null;
}
