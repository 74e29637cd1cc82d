import { connect, type Database, migrate, openSession } from '@cao/db';
import { silentLogger } from '@cao/runtime';
import { onTestFinished } from 'vitest';
import { freshDatabase } from './services.ts';

export const SESSION = 'cao-test';

/** With an open session and no host, until the test is over. */
export async function aDatabase(): Promise<Database> {
  const fresh = await freshDatabase();
  const database = connect({ url: fresh.url, log: silentLogger });
  onTestFinished(async () => {
    await database.close();
    await fresh[Symbol.asyncDispose]();
  });
  await migrate(database);
  await openSession(database.db, { name: SESSION, onHostLost: 'fail' });
  return database;
}
