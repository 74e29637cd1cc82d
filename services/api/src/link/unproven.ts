import type { Socket } from 'node:net';

/** A hello of a thousand panes is less than a quarter of this. Units: bytes. */
const MOST_OF_ONE = 4 * 1024 * 1024;
/** Of all of them together: a thousand hosts that dial at one moment need a tenth of it. Units: bytes. */
const MOST_OF_ALL = 64 * 1024 * 1024;

/**
 * Connections that have not shown yet which host they are: anybody may be at the other end, so what they may send is little.
 * One that sends more ends at once; a host dials again.
 */
export function watchUnproven(mostOfOne = MOST_OF_ONE, mostOfAll = MOST_OF_ALL) {
  let all = 0;
  /** @returns ends the watch: it has shown who it is. Idempotent, and not needed for a connection that closes. */
  return (socket: Socket): (() => void) => {
    let own = 0;
    const count = (chunk: Buffer) => {
      own += chunk.length;
      all += chunk.length;
      if (own > mostOfOne || all > mostOfAll) socket.destroy();
    };
    const stop = () => {
      socket.off('data', count);
      all -= own;
      own = 0;
    };
    socket.on('data', count);
    socket.once('close', stop);
    return stop;
  };
}
