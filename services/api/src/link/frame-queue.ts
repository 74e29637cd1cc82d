import type { UpFrame } from '@cao/contracts';
import type { WebSocket } from 'ws';
import { parseFrame } from './frames.ts';

/** With so much that nobody has taken yet the socket is not read further. Units: characters. */
const MOST_WAITING = 1024 * 1024;

export interface FrameQueue {
  /** In order, checked; it ends with the socket. What came before the first read is there too. */
  readonly frames: AsyncIterableIterator<UpFrame>;
  /** Nobody reads any more. */
  drop(): void;
}

export function frameQueue(socket: WebSocket): FrameQueue {
  const queue: { frame: UpFrame | Error; size: number }[] = [];
  let waiting = 0;
  let closed = false;
  let wake = () => {};
  socket.on('message', (data) => {
    if (closed) return;
    const text = String(data);
    queue.push({ frame: parseFrame(text), size: text.length });
    waiting += text.length;
    if (waiting >= MOST_WAITING) socket.pause();
    wake();
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    closed = true;
    wake();
  });
  const read = async function* () {
    for (;;) {
      const next = queue.shift();
      waiting -= next?.size ?? 0;
      if (waiting < MOST_WAITING && socket.isPaused) socket.resume();
      if (next?.frame instanceof Error) throw next.frame;
      if (next) yield next.frame;
      else if (closed) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  };
  return {
    frames: read(),
    // Read on, or its end would never be heard.
    drop() {
      closed = true;
      queue.length = 0;
      socket.resume();
    },
  };
}
