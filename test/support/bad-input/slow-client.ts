import { connect } from 'node:net';

/** A client that opens a request and never ends it: a header now and then. */
export interface SlowClient {
  /** How long the server kept it. Units: ms. */
  readonly cutOff: Promise<number>;
  destroy(): void;
}

/** Often enough that no pause between two bytes is what ends it. Units: ms. */
const BETWEEN_BYTES_MS = 500;

export function slowClients(url: string, count: number): SlowClient[] {
  const { hostname, port } = new URL(url);
  return Array.from({ length: count }, () => {
    const socket = connect(Number(port), hostname);
    const began = performance.now();
    socket.write('GET /health HTTP/1.1\r\nhost: x\r\n');
    const drip = setInterval(() => socket.write('x-more: 1\r\n'), BETWEEN_BYTES_MS);
    socket.on('error', () => socket.destroy());
    socket.resume();
    const cutOff = new Promise<number>((resolve) =>
      socket.once('close', () => {
        clearInterval(drip);
        resolve(performance.now() - began);
      }),
    );
    return { cutOff, destroy: () => socket.destroy() };
  });
}
