import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@cao/runtime';
import { Client, type ClientConfig } from 'pg';

/** Pauses before connecting again, doubled: after a restart of Postgres everybody waits for this. Units: ms. */
const AGAIN_MS = { first: 50, last: 2_000 };

/** A connection of its own that listens, and connects again by itself until it is closed. */
export interface Listener {
  /** Resolves once it listens. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** @param onPayload gets null after a reconnect: something may have been missed. */
export function listener(
  config: ClientConfig,
  channel: string,
  log: Logger,
  onPayload: (payload: string | null) => void,
): Listener {
  let client: Client | undefined;
  let closed = false;

  const connect = async () => {
    const mine = new Client(config);
    client = mine;
    let lost = false;
    const onLost = () => {
      if (lost || closed || client !== mine) return;
      lost = true;
      void again();
    };
    mine.on('notification', ({ payload }) => onPayload(payload ?? ''));
    try {
      // An error without a listener would end the process.
      mine.on('error', () => {});
      await mine.connect();
      await mine.query(`listen "${channel}"`);
    } catch (error) {
      await mine.end().catch(() => {});
      throw error;
    }
    mine.on('error', onLost);
    mine.on('end', onLost);
  };
  const again = async () => {
    for (let ms = AGAIN_MS.first; !closed; ms = Math.min(ms * 2, AGAIN_MS.last)) {
      await pause(ms);
      try {
        await connect();
        return onPayload(null);
      } catch (error) {
        log.debug({ err: error }, 'Postgres cannot be listened to yet');
      }
    }
  };
  return {
    start: connect,
    async close() {
      closed = true;
      await client?.end().catch(() => {});
    },
  };
}
