import { connect, createServer, type Socket } from 'node:net';

/** A wire that a test can cut: every connection through it dies at once, new ones go through again. */
export interface CutProxy {
  readonly port: number;
  cut(): void;
  /** New connections go to this port. */
  leadTo(port: number): void;
  close(): Promise<void>;
}

export async function cutProxy(toPort: number): Promise<CutProxy> {
  const open = new Set<Socket>();
  let target = toPort;
  const track = (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    track(near);
    track(far);
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    cut() {
      // A reset, not a goodbye: bytes on their way are lost.
      for (const socket of open) socket.resetAndDestroy();
    },
    leadTo(port) {
      target = port;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
