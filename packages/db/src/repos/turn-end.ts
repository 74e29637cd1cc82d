import type { Failure } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { sql } from '../drizzle.ts';
import { hosts, messages, tasks } from '../schema/index.ts';
import { changeWithEvents } from './events.ts';
import { STATUS_DATA, type StatusReport } from './terminals.ts';

export interface TurnEnd {
  /** Markdown; null: it gave none. */
  readonly answer: string | null;
  /** What went wrong, in words; null for a turn that went well. */
  readonly error: string | null;
  readonly failure: Failure | null;
  /** Work of its own goes on behind it. */
  readonly background: boolean;
}

/**
 * How its last turn ended, and what it is now. An answer stays until the next one.
 * @param now null: its status stays. The row is locked, and of this epoch.
 */
export async function setTurnEnd(
  tx: Db,
  id: string,
  turn: TurnEnd,
  now: Pick<StatusReport, 'status' | 'source' | 'evidence'> | null,
): Promise<void> {
  const { answer, error, failure, background } = turn;
  const data = { background, error, failure: failure?.kind ?? null, chars: answer?.length ?? 0 };
  const { status = null, source = null, evidence = null } = now ?? {};
  await changeWithEvents(
    tx,
    sql`before as (select id, status <> ${status}::text as changes from terminals where id = ${id}),
    ended as (
      update terminals
      set last_answer = coalesce(${answer}, last_answer), failure = ${failure && JSON.stringify(failure)}::text::jsonb,
        turn_ended_at = case when ${background}::boolean then null else now() end,
        status = case when changes then ${status} else status end,
        status_source = case when changes then ${source} else status_source end,
        status_evidence = case when changes then ${evidence} else status_evidence end,
        status_at = case when changes then now() else status_at end
      from before where terminals.id = before.id
      returning terminals.id, session_name, host_id, epoch, agent_profile, status, status_source, changes
    ),
    changed as (
      select ended.*, 1 as nth, 'terminal.status' as event, ${STATUS_DATA} as data from ended where changes
      union all
      select ended.*, 2, 'terminal.turn_ended', ${JSON.stringify(data)}::text::jsonb from ended
    )`,
    {
      kind: sql.raw('event'),
      sessionName: sql.raw('session_name'),
      terminalId: sql.raw('id'),
      hostId: sql.raw('host_id'),
      data: sql.raw('data'),
      orderBy: sql.raw('nth'),
    },
  );
}

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

/** What was accepted before it has had its answer. @returns what it may have to see to, in the same look: of most turns, nothing. */
export async function settleTurn(
  tx: Db,
  of: { id: string; hostId: string | null; provider: string },
): Promise<TurnDuties> {
  const { rows } = await tx.execute<{ [K in keyof TurnDuties]: boolean }>(sql`
    with answered as (
      update messages set ended_at = now() where terminal_id = ${of.id} and state = 'accepted' and ended_at is null
    )
    select
      exists (select 1 from ${tasks} where ${tasks.workerId} = ${of.id} and ${tasks.state} = 'running') as works,
      exists (select 1 from ${tasks} where ${tasks.requesterId} = ${of.id} and ${tasks.reportedAt} is null) as awaits,
      exists (select 1 from ${hosts} where ${hosts.id} = ${of.hostId} and ${hosts.limits} ? ${of.provider}::text) as limited,
      exists (select 1 from ${messages} where ${messages.terminalId} = ${of.id} and ${messages.state} in ('queued', 'pasted')) as mail`);
  return rows[0]!;
}
