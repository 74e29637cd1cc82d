import type { Db } from '../connect.ts';
import { asc, eq, sql } from '../drizzle.ts';
import { profiles } from '../schema/index.ts';

export type ProfileRow = typeof profiles.$inferSelect;

export async function putProfile(db: Db, name: string, content: string): Promise<ProfileRow> {
  const [row] = await db
    .insert(profiles)
    .values({ name, content })
    .onConflictDoUpdate({ target: profiles.name, set: { content, updatedAt: sql`now()` } })
    .returning();
  return row!;
}

export async function findProfile(db: Db, name: string): Promise<ProfileRow | null> {
  const [row] = await db.select().from(profiles).where(eq(profiles.name, name));
  return row ?? null;
}

export const listProfiles = (db: Db): Promise<ProfileRow[]> =>
  db.select().from(profiles).orderBy(asc(profiles.name));
