import { silentLogger } from '@cao/runtime';
import { plainTerminal } from '../../../test/support/rows.ts';
import { freshDatabase } from '../../../test/support/services.ts';
import {
  connect,
  type Database,
  inLedger,
  insertHost,
  insertTerminal,
  type Ledger,
  migrate,
  openSession,
  placeTerminal,
  type TerminalRow,
} from '../src/index.ts';

/** A database of one's own with the schema in it. */
export async function openDatabase(): Promise<Database & AsyncDisposable> {
  const fresh = await freshDatabase();
  const database = connect({ url: fresh.url, log: silentLogger });
  await migrate(database);
  return {
    ...database,
    async [Symbol.asyncDispose]() {
      await database.close();
      await fresh[Symbol.asyncDispose]();
    },
  };
}

export const commit = async <T>(database: Database, work: (ledger: Ledger) => Promise<T>): Promise<T> =>
  (await inLedger(database, work)).value;

/** Ids that read well in a failing test. */
export const HOST = 'ab000001';
let terminals = 0;

export const aHost = (database: Database, id = HOST, capacity = 5): Promise<void> =>
  insertHost(database.db, { id, name: `host-${id}`, publicKey: `key-${id}`, labels: [], capacity });

export async function aTerminal(
  database: Database,
  options: { session?: string; host?: string | null } = {},
): Promise<TerminalRow> {
  const session = options.session ?? 'cao-test';
  const id = `c${String(++terminals).padStart(7, '0')}`;
  return commit(database, async (ledger) => {
    await openSession(ledger.tx, { name: session, onHostLost: 'fail' }).catch(() => {}); // open already
    return ledger;
  }).then(() =>
    commit(database, async (ledger) => {
      const row = await insertTerminal(ledger, { ...plainTerminal, id, sessionName: session });
      const host = options.host === undefined ? HOST : options.host;
      if (host) await placeTerminal(ledger, row, { hostId: host, provider: 'scripted' });
      return { ...row, hostId: host };
    }),
  );
}
