import type { EventKind, EventView } from '@cao/contracts';
import { tellerOf } from '../announce.ts';
import type { Db } from '../connect.ts';
import { and, asc, eq, gt, type SQL, sql } from '../drizzle.ts';
import { events } from '../schema/index.ts';

/** Notifications carry the event itself when it is small: subscribers need no read. Postgres allows 8,000 bytes. */
const MAX_NOTIFY_BYTES = 7_000;

/** Much longer than it takes from an event's transaction until it is told. Units: seconds. */
const SETTLED_S = 5;

export interface NewEvent {
  readonly kind: EventKind;
  readonly sessionName?: string | null | undefined;
  readonly terminalId?: string | null | undefined;
  readonly hostId?: string | null | undefined;
  readonly taskId?: string | null | undefined;
  /** Never message text, never a secret. */
  readonly data?: Record<string, unknown>;
}

/**
 * Appends to the log; subscribers hear of it when the transaction has committed, and only then. One round trip. In plain SQL: every
 * change appends one, and a query builder would compose the same text each time.
 */
export async function appendEvent(db: Db, event: NewEvent): Promise<void> {
  const tell = tellerOf(db);
  const { kind, sessionName = null, terminalId = null, hostId = null, taskId = null, data = {} } = event;
  const row = sql`values (${kind}, ${sessionName}, ${terminalId}, ${hostId}, ${taskId}, ${JSON.stringify(data)}::text::jsonb)`;
  const { rows } = await db.execute<{ told: string }>(sql`with ${appended(row)} select told from told`);
  tell(rows[0]!.told);
}

/** The event of each row that changes: SQL over `changed`. */
export interface EventOfChange {
  /** SQL: rows of several kinds. */
  readonly kind: EventKind | SQL;
  readonly sessionName: SQL;
  readonly terminalId: SQL;
  readonly hostId?: SQL;
  readonly taskId?: SQL;
  /** A jsonb object. */
  readonly data: SQL;
  /** Which of several rows comes first. */
  readonly orderBy: SQL;
}

/**
 * Changes rows and appends an event for each, in one round trip: what a message passes through is committed in many small steps.
 * @param change one or more `with` queries, of which `changed` has the rows
 * @returns the rows of `changed` as JSON has them
 */
export async function changeWithEvents<Row>(db: Db, change: SQL, event: EventOfChange): Promise<Row[]> {
  const tell = tellerOf(db);
  const { kind, sessionName, terminalId, hostId = NONE, taskId = NONE, data, orderBy } = event;
  const events = sql`select ${kind}, ${sessionName}, ${terminalId}, ${hostId}, ${taskId}, ${data} from changed order by ${orderBy}`;
  const { rows } = await db.execute<{
    told: string[] | null;
    changed: Row[] | null;
  }>(sql`with ${change}, ${appended(events)}
    select (select array_agg(told order by id) from told) as told,
      (select json_agg(changed order by ${orderBy}) from changed) as changed`);
  const { told, changed } = rows[0]!;
  for (const one of told ?? []) tell(one);
  return changed ?? [];
}

const NONE = sql.raw('null::text');

/** What `toEventView` makes of a row of `appended`, as JSON text. */
const viewOf = sql.raw(`json_build_object(
  'id', id, 'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'kind', kind,
  'session_name', session_name, 'terminal_id', terminal_id, 'host_id', host_id, 'task_id', task_id, 'data', data)::text`);

/** `with` queries that append these rows; `told` has what is told of each. */
const appended = (rows: SQL) => sql`
  appended as (insert into events (kind, session_name, terminal_id, host_id, task_id, data) ${rows} returning *),
  viewed as (select id, ${viewOf} as view from appended),
  told as (
    select id, case when octet_length(view) <= ${MAX_NOTIFY_BYTES} then view else json_build_object('id', id)::text end as told
    from viewed
  )`;

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

/** How many events after a cursor are older than a moment, and which is the last of them: what was told of is told by then. */
export async function settledEvents(db: Db, after: number): Promise<{ count: number; last: number }> {
  const { rows } = await db.execute<{ count: number; last: number }>(sql`
    with settled as (select max(id) as last from events where id > ${after} and at < now() - make_interval(secs => ${SETTLED_S}))
    select count(events.id)::int as count, coalesce(max(settled.last), ${after})::float8 as last
    from settled left join events on events.id > ${after} and events.id <= settled.last`);
  return rows[0]!;
}

/** Deletes the oldest events, `most` at a time: they are history, and nobody decides by them. @returns how many went. */
export async function dropOldEvents(db: Db, days: number, most: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    delete from events where id in (select id from events order by id limit ${most}::int)
      and at < now() - make_interval(days => ${days}::int)`);
  return rowCount ?? 0;
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
