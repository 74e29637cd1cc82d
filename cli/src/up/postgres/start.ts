import { rmdir } from 'node:fs/promises';
import { usableBinaries } from './binaries.ts';
import { APP_ROLE, DATABASE, openCluster } from './cluster.ts';
import { type Place, preparePlace } from './place.ts';
import { stopPostmaster } from './postmaster.ts';
import { ensureServer } from './server.ts';

export interface EmbeddedPostgres {
  /**
   * `postgres://cao_app:PASSWORD@localhost/cao?host=/socket/folder`, the form that libpq and pg read. postgres.js takes
   * the folder only as its option `host`, and the query must then be left out.
   */
  readonly url: string;
  /** What a person should be told about where and as whom it runs; null when there is nothing unusual. */
  readonly note: string | null;
  /** A fast stop of the server, whoever started it. Idempotent. */
  stop(): Promise<void>;
}

/**
 * The database of one CAO_HOME: real Postgres from npm, reachable through a Unix socket only. It is made at the first
 * start, outlives this process, and is adopted when it runs already; after a kill -9 of it or of us this works again.
 * Nothing here asks who else uses it: one `cao up` per CAO_HOME is the caller's rule.
 *
 * @throws PostgresFailure (see failure.ts) when it cannot be had: disk, rights, another major version, missing binaries
 */
export async function startEmbeddedPostgres(o: {
  readonly home: string;
  readonly log: (line: string) => void;
}): Promise<EmbeddedPostgres> {
  const place = await preparePlace(o.home);
  const binaries = await usableBinaries(place.user);
  const password = await openCluster(place, binaries, o.log);
  const server = await ensureServer(place, binaries, o.log);
  let stopping: Promise<void> | undefined;
  return {
    url: `postgres://${APP_ROLE}:${password}@localhost/${DATABASE}?host=${encodeURIComponent(server.socketFolder)}`,
    note: place.note,
    stop() {
      stopping ??= stopPostmaster(place.data).then(() => leaveSocketFolder(place, server.socketFolder));
      return stopping;
    },
  };
}

/** One outside of our own folders (in /tmp) is left to nobody. */
async function leaveSocketFolder(place: Place, socketFolder: string): Promise<void> {
  if (!socketFolder.startsWith(place.base)) await rmdir(socketFolder).catch(() => {}); // in use again, or gone
}
