import type { Writable } from 'node:stream';

/**
 * Sends what is written to a connection in one turn of the event loop as one packet: to send one costs as much as most of what
 * they say.
 * @returns to be called before each write
 */
export function onePacket(stream: Writable): () => void {
  let held = false;
  const flush = () => {
    held = false;
    stream.uncork();
  };
  return () => {
    if (held) return;
    held = true;
    stream.cork();
    setImmediate(flush);
  };
}
