import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections: one that is kept for a restart, or bound a moment later, is not
 * taken meanwhile by whoever connects somewhere.
 */
const FIRST = 10_240;
const AFTER_LAST = 32_768;
const TRIES = 64;

/** A port of loopback on which nobody listens now. @throws Error when none was found. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, AFTER_LAST);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port of loopback was found between ${FIRST} and ${AFTER_LAST - 1}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
