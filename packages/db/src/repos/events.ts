import type { EventKind, EventView } from '@cao/contracts';
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { Db } from '../connect.ts';
import { events } from '../schema/index.ts';

/** Notifications carry the event itself when it is small: subscribers need no read. Postgres allows 8,000 bytes. */
const MAX_NOTIFY_BYTES = 7_000;
export const EVENT_CHANNEL = 'cao_event';

export interface NewEvent {
  readonly kind: EventKind;
  readonly sessionName?: string | null | undefined;
  readonly terminalId?: string | null | undefined;
  readonly hostId?: string | null | undefined;
  readonly taskId?: string | null | undefined;
  /** Never message text, never a secret. */
  readonly data?: Record<string, unknown>;
}

/** Appends to the log; subscribers hear of it when the transaction commits, and only then. */
export async function appendEvent(db: Db, event: NewEvent): Promise<void> {
  const [row] = await db
    .insert(events)
    .values({
      kind: event.kind,
      sessionName: event.sessionName ?? null,
      terminalId: event.terminalId ?? null,
      hostId: event.hostId ?? null,
      taskId: event.taskId ?? null,
      data: event.data ?? {},
    })
    .returning();
  const full = JSON.stringify(toEventView(row!));
  const payload = Buffer.byteLength(full) <= MAX_NOTIFY_BYTES ? full : JSON.stringify({ id: row!.id });
  await db.execute(sql`select pg_notify(${EVENT_CHANNEL}, ${payload})`);
}

/** Events after a cursor, oldest first. */
export async function eventsAfter(
  db: Db,
  query: { after: number; session?: string | undefined; limit: number },
): Promise<EventView[]> {
  const rows = await db
    .select()
    .from(events)
    .where(and(gt(events.id, query.after), query.session ? eq(events.sessionName, query.session) : undefined))
    .orderBy(asc(events.id))
    .limit(query.limit);
  return rows.map(toEventView);
}

export async function lastEventId(db: Db): Promise<number> {
  const [row] = await db.select({ id: sql<string>`coalesce(max(${events.id}), 0)` }).from(events);
  return Number(row!.id);
}

function toEventView(row: typeof events.$inferSelect): EventView {
  return {
    id: row.id,
    at: row.at.toISOString(),
    kind: row.kind,
    session_name: row.sessionName,
    terminal_id: row.terminalId,
    host_id: row.hostId,
    task_id: row.taskId,
    data: row.data,
  };
}
