import { CaoError, type SessionView } from '@cao/contracts';
import { type Db, isDuplicate } from '../connect.ts';
import { and, desc, eq, ne, sql } from '../drizzle.ts';
import { sessions, terminals } from '../schema/index.ts';
import { appendEvent } from './events.ts';

type SessionRow = typeof sessions.$inferSelect;

/**
 * Opens a session; the name of a closed one may be used again.
 * @throws CaoError conflict when one of this name is open.
 */
export async function openSession(
  tx: Db,
  { name, onHostLost }: { name: string; onHostLost: SessionView['on_host_lost'] },
): Promise<SessionRow> {
  const taken = () =>
    new CaoError(
      'conflict',
      `a session ${name} is open already; end it with \`cao shutdown --session ${name}\``,
      { session: name },
    );
  try {
    const [row] = await tx
      .insert(sessions)
      .values({ name, onHostLost })
      .onConflictDoUpdate({
        target: sessions.name,
        set: { state: 'open', onHostLost, conductorId: null, createdAt: sql`now()`, closedAt: null },
        setWhere: eq(sessions.state, 'closed'),
      })
      .returning();
    if (!row) throw taken();
    await appendEvent(tx, { kind: 'session.created', sessionName: name });
    return row;
  } catch (error) {
    throw isDuplicate(error) ? taken() : error;
  }
}

export async function setConductor(tx: Db, name: string, conductorId: string): Promise<SessionRow> {
  const [row] = await tx.update(sessions).set({ conductorId }).where(eq(sessions.name, name)).returning();
  return row!;
}

export async function findSession(db: Db, name: string): Promise<SessionRow | null> {
  const [row] = await db.select().from(sessions).where(eq(sessions.name, name));
  return row ?? null;
}

export const listSessions = (db: Db, all: boolean): Promise<SessionRow[]> =>
  db
    .select()
    .from(sessions)
    .where(all ? undefined : ne(sessions.state, 'closed'))
    .orderBy(desc(sessions.createdAt));

/**
 * A session that is closing ends with its last terminal; an open one waits for new ones. Under its row lock: of two
 * terminals that end at the same moment the second must see that the first is gone.
 */
export async function closeSessionIfEmpty(tx: Db, name: string): Promise<void> {
  await tx.select({ name: sessions.name }).from(sessions).where(eq(sessions.name, name)).for('update');
  const [closed] = await tx
    .update(sessions)
    .set({ state: 'closed', closedAt: sql`now()` })
    .where(
      and(
        eq(sessions.name, name),
        eq(sessions.state, 'closing'),
        sql`not exists (select 1 from ${terminals} where ${terminals.sessionName} = ${name} and ${terminals.lifecycle} <> 'closed')`,
      ),
    )
    .returning({ name: sessions.name });
  if (closed) await appendEvent(tx, { kind: 'session.closed', sessionName: name });
}

export const toSessionView = (row: SessionRow): SessionView => ({
  name: row.name,
  state: row.state,
  conductor_id: row.conductorId,
  on_host_lost: row.onHostLost,
  created_at: row.createdAt.toISOString(),
  closed_at: row.closedAt?.toISOString() ?? null,
});
