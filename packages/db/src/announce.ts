import { setTimeout as pause } from 'node:timers/promises';
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
/** Its name has it planned once. Line by line: as elements of an array, texts full of quotes are written and read once more. */
const TELL = {
  name: 'tell',
  text: "select count(pg_notify($1, payload)) from unnest(string_to_array($2, e'\\n')) as payload",
};
/** Notifications carry the event itself when it is small: subscribers need no read. Postgres allows 8,000 bytes. */
const MAX_BYTES = 7_000;

const payloadOf = (view: string): string =>
  Buffer.byteLength(view) <= MAX_BYTES
    ? view
    : JSON.stringify({ id: (JSON.parse(view) as { readonly id: number }).id });

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
        .query({ ...TELL, values: [channel, waiting.splice(0, TOGETHER).join('\n')] })
        .catch((error) => log.debug({ err: error }, 'events were not announced; listeners find them'));
      await pause(QUIET_MS);
    }
    telling = null;
  };
  return {
    tell(views) {
      waiting.push(...views.map(payloadOf));
      if (waiting.length > 0) telling ??= tellAll();
    },
    async close() {
      await telling;
      await pool.end();
    },
  };
}
