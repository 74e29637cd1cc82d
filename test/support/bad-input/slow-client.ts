import { connect } from 'node:net';

/** A client that opens a request and never ends it: a header now and then. */
export interface SlowClient {
  /** How long the server kept it (ms), and what it said then. */
  readonly cutOff: Promise<{ readonly after: number; readonly said: string }>;
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
    let said = '';
    socket.on('data', (chunk) => {
      said += String(chunk);
    });
    const cutOff = new Promise<{ after: number; said: string }>((resolve) =>
      socket.once('close', () => {
        clearInterval(drip);
        resolve({ after: performance.now() - began, said });
      }),
    );
    return { cutOff, destroy: () => socket.destroy() };
  });
}
