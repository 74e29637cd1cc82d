import { setTimeout as pause } from 'node:timers/promises';
import type { EventView } from '@cao/contracts';
import type { Logger } from '@cao/runtime';
import { Pool, type PoolConfig } from 'pg';

/** Tells other processes what was committed here. */
export interface Announcer {
  /** @param views events as JSON, each without a line end. */
  tell(views: readonly string[]): void;
  close(): Promise<void>;
}

/** In one statement. */
const TOGETHER = 500;
/** Between two of them: who tells now and then is heard at once, and what is told in a rush goes together. Units: ms. */
const QUIET_MS = 5;
/** Its name has it planned once. Separated: as elements of an array, texts full of quotes are written and read once more. */
const TELL = {
  name: 'tell',
  text: "select count(pg_notify($1, payload)) from unnest(string_to_array($2, e'\\x1e')) as payload",
};
/** ASCII's record separator and the end of a line: JSON has neither. */
const BETWEEN_PAYLOADS = '\x1e';
const BETWEEN_EVENTS = '\n';
/** Notifications carry the events themselves when they are small: subscribers need no read. Postgres allows 8,000 bytes. */
const MAX_BYTES = 7_000;

/** What notifications say: as many events in each as it has room for, since each costs whoever listens a message of its own. */
function payloadsOf(views: readonly string[]): string[] {
  const payloads: string[] = [];
  let room = 0;
  for (const view of views) {
    const isLong = Buffer.byteLength(view) > MAX_BYTES;
    const line = isLong ? JSON.stringify({ id: (JSON.parse(view) as EventView).id }) : view;
    const size = Buffer.byteLength(line) + BETWEEN_EVENTS.length;
    if (size > room) {
      payloads.push(line);
      room = MAX_BYTES;
    } else payloads.push(`${payloads.pop()}${BETWEEN_EVENTS}${line}`);
    room -= size;
  }
  return payloads;
}

/** The events of a notification: of one that is too long its id alone. */
export const eventsIn = (payload: string): (Pick<EventView, 'id'> & Partial<EventView>)[] =>
  payload.split(BETWEEN_EVENTS).map((line) => JSON.parse(line));

/**
 * Not within the transactions: Postgres has those that notify wait for each other until they are on disk, so the whole database
 * would commit one at a time. Told right behind the commit, many at once, through a connection whose own commits wait for no disk.
 * Who dies in between leaves something untold: whoever listens looks for that as well.
 */
export function announcer(config: PoolConfig, channel: string, log: Logger): Announcer {
  const pool = new Pool({ ...config, max: 1, options: '-c synchronous_commit=off', idleTimeoutMillis: 0 });
  pool.on('error', (error) => log.debug({ err: error }, 'the connection that announces was lost'));
  pool.on('connect', (client) => client.on('error', () => {}));
  const waiting: string[] = [];
  let telling: Promise<void> | null = null;
  const tellAll = async () => {
    while (waiting.length > 0) {
      await pool
        .query({ ...TELL, values: [channel, payloadsOf(waiting.splice(0, TOGETHER)).join(BETWEEN_PAYLOADS)] })
        .catch((error) => log.debug({ err: error }, 'events were not announced; listeners find them'));
      await pause(QUIET_MS);
    }
    telling = null;
  };
  return {
    tell(views) {
      waiting.push(...views);
      if (waiting.length > 0) telling ??= tellAll();
    },
    async close() {
      await telling;
      await pool.end();
    },
  };
}
