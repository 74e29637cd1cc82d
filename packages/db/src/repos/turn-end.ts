import type { Failure } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { type SQL, sql } from '../drizzle.ts';
import { asRows, rowsOf } from '../rows-of.ts';
import { changeWithEvents } from './events.ts';
import { eachOf } from './message-events.ts';
import { STATUS_DATA, type StatusNow } from './terminals.ts';

export interface TurnEnd {
  /** Markdown; null: it gave none. */
  readonly answer: string | null;
  /** What went wrong, in words; null for a turn that went well. */
  readonly error: string | null;
  readonly failure: Failure | null;
  /** Work of its own goes on behind it. */
  readonly background: boolean;
}

/** Of a terminal whose row is locked, and of this epoch. */
export interface EndedTurn {
  readonly id: string;
  readonly turn: TurnEnd;
  /** What it is now; null: its status stays. */
  readonly now: StatusNow | null;
}

const TOLD =
  'id text, answer text, failure jsonb, background boolean, told jsonb, status text, source text, evidence text';

export interface TurnDuties {
  /** It works on a task, which may be done now. */
  readonly works: boolean;
  /** It handed work to others, and has an outcome coming. */
  readonly awaits: boolean;
  /** Its CLI was refused on this host, and was not now. */
  readonly limited: boolean;
  /** Mail waits for it. */
  readonly mail: boolean;
}

/** Whether a terminal works on a task, and whether an outcome is due to it. SQL over its id. */
export const worksSql = (id: SQL) =>
  sql`exists (select 1 from tasks where tasks.worker_id = ${id} and tasks.state = 'running')`;
export const awaitsSql = (id: SQL) =>
  sql`exists (select 1 from tasks where tasks.requester_id = ${id} and tasks.reported_at is null)`;

const ENDED = sql.raw('ended.id');
/** SQL: `TurnDuties` of a row of `ended`, as JSON. */
const DUTIES = sql`json_build_object(
  'works', ${worksSql(ENDED)},
  'awaits', ${awaitsSql(ENDED)},
  'limited', exists (select 1 from hosts where hosts.id = ended.host_id and hosts.limits ? ended.provider),
  'mail', exists (select 1 from messages where terminal_id = ended.id and state in ('queued', 'pasted')))`;
/**
 * How their last turns ended, and what they are now. An answer stays until the next one. What was accepted before has had its answer,
 * unless work goes on in the background.
 * @param ended one of each terminal
 * @returns of each, in their order, what it may have to see to, in the same look: of most turns, nothing.
 */
export async function setTurnEnds(tx: Db, ended: readonly EndedTurn[]): Promise<TurnDuties[]> {
  const told = ended.map(({ id, turn: { answer, error, failure, background }, now }) => ({
    id,
    answer,
    failure,
    background,
    told: { background, error, failure: failure?.kind ?? null, chars: answer?.length ?? 0 },
    ...now,
  }));
  const changed = await endTurns(tx, asRows(told));
  return ended.map(({ id }) => changed.find((row) => row.id === id && row.duties !== null)!.duties!);
}

interface Ended {
  readonly id: string;
  /** Null: it is the row of its status. */
  readonly duties: TurnDuties | null;
}

const endTurns = changeWithEvents<Ended, [told: string]>((told) => ({
  change: sql`before as (
      select told.*, terminals.status <> told.status as changes
      from ${rowsOf('told', TOLD, told)}
      join terminals on terminals.id = told.id
    ),
    done as (select id from before where not background),
    answered as (
      update messages set ended_at = now()
      from done cross join ${eachOf(sql`terminal_id = done.id and state = 'accepted' and ended_at is null`)} as open
      where messages.id = open.id
    ),
    ended as (
      update terminals
      set last_answer = coalesce(answer, last_answer), failure = before.failure,
        turn_ended_at = case when background then null else now() end,
        status = case when changes then before.status else terminals.status end,
        status_source = case when changes then source else status_source end,
        status_evidence = case when changes then evidence else status_evidence end,
        status_at = case when changes then now() else status_at end
      from before where terminals.id = before.id
      returning terminals.id, session_name, host_id, terminals.provider, epoch, agent_profile, terminals.status, status_source,
        changes, told
    ),
    changed as (
      select ended.*, 1 as nth, 'terminal.status' as event, ${STATUS_DATA} as data, null::json as duties from ended where changes
      union all
      select ended.*, 2, 'terminal.turn_ended', told, ${DUTIES} from ended
    )`,
  kind: sql.raw('event'),
  sessionName: sql.raw('session_name'),
  terminalId: sql.raw('id'),
  hostId: sql.raw('host_id'),
  data: sql.raw('data'),
  orderBy: sql.raw('id, nth'),
  returning: sql.raw('id, duties'),
}));
