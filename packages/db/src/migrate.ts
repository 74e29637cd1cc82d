import { fileURLToPath } from 'node:url';
import type { Database } from './connect.ts';
import { runMigrations, sql } from './drizzle.ts';

const FOLDER = fileURLToPath(new URL('../migrations', import.meta.url));
/** Any number that only we use: two processes that start together migrate one after the other. */
const ADVISORY_LOCK = 4_207_001;

/** Brings the schema up to date. Safe when several processes start at the same moment. */
export async function migrate({ db }: Database): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${ADVISORY_LOCK})`);
    await runMigrations(db, { migrationsFolder: FOLDER });
  });
}
