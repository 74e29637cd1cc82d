import type { EventKind, EventView } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, asc, eq, gt, type SQL, sql } from '../drizzle.ts';
import { fixed, type Places } from '../fixed.ts';
import { handleOf } from '../handle.ts';
import { events } from '../schema/index.ts';

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
 * Appends to the log; subscribers hear of it when the transaction has committed, and only then. One round trip. */
export async function appendEvent(db: Db, event: NewEvent): Promise<void> {
  const { kind, sessionName = null, terminalId = null, hostId = null, taskId = null, data = {} } = event;
  const [row] = await append(db, kind, sessionName, terminalId, hostId, taskId, JSON.stringify(data));
  handleOf(db).tell(row!.view);
}

/** A change of rows, and the event of each: SQL over `changed`. */
export interface Change extends EventOfChange {
  /** One or more `with` queries, of which `changed` has the rows. */
  readonly change: SQL;
  /** What the caller needs to know of each row. */
  readonly returning: SQL;
  /** Which rows these are, if not all of `changed`. */
  readonly returningFrom?: SQL;
}

/** The event of each row that changes. */
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
 * A statement that changes rows and appends an event for each, in one round trip: what a message passes through is committed in many
 * small steps.
 * @param compose gets the places of the values
 * @returns executes it with these values; resolves to what is to be returned of each row, as JSON has it.
 */
export function changeWithEvents<Row, Values extends readonly unknown[]>(
  compose: (...places: Places<Values>) => Change,
): (db: Db, ...values: Values) => Promise<Row[]> {
  const statement = fixed<{ views: string | null; changed: Row[] | null }, Values>((...places) => {
    const { change, kind, sessionName, terminalId, hostId, taskId, data, orderBy, ...wanted } = compose(
      ...places,
    );
    const from = wanted.returningFrom ?? sql`changed order by ${orderBy}`;
    const events = sql`select ${kind}, ${sessionName}, ${terminalId}, ${hostId ?? NONE}, ${taskId ?? NONE}, ${data} from changed order by ${orderBy}`;
    return sql`with ${change}, ${appended(events)}
      select (select string_agg(view, e'\n' order by id) from viewed) as views,
        (select json_agg(found) from (select ${wanted.returning} from ${from}) as found) as changed`;
  });
  return async (db, ...values) => {
    const [row] = await statement(db, ...values);
    const { views, changed } = row!;
    const { tell } = handleOf(db);
    for (const view of views?.split('\n') ?? []) tell(view);
    return changed ?? [];
  };
}

const NONE = sql.raw('null::text');

/** What `toEventView` makes of a row of `appended`, as JSON text, in which no line ends. */
const viewOf = sql.raw(`json_build_object(
  'id', id, 'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'kind', kind,
  'session_name', session_name, 'terminal_id', terminal_id, 'host_id', host_id, 'task_id', task_id, 'data', data)::text`);

/** `with` queries that append these rows; `viewed` has what is told of each. */
const appended = (rows: SQL) => sql`
  appended as (insert into events (kind, session_name, terminal_id, host_id, task_id, data) ${rows} returning *),
  viewed as (select id, ${viewOf} as view from appended)`;

const append = fixed<
  { view: string },
  [
    kind: EventKind,
    session: string | null,
    terminal: string | null,
    host: string | null,
    task: string | null,
    data: string,
  ]
>(
  (kind, session, terminal, host, task, data) =>
    sql`with ${appended(sql`values (${kind}, ${session}, ${terminal}, ${host}, ${task}, ${data}::text::jsonb)`)}
      select view from viewed`,
);

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
