import type { Db } from '../connect.ts';
import { sql } from '../drizzle.ts';

/** Something that has not moved for longer than it takes when all is well. */
export interface Stuck {
  readonly kind: 'terminal' | 'message' | 'task' | 'approval';
  readonly id: string;
  /** What it waits for, in words. */
  readonly what: string;
  readonly since: Date;
}

/** More are not listed: the first ones say what is wrong. */
const MOST = 100;

/**
 * All that waits longer than it should, oldest first, by the database's clock. Each limit is far above what the slowest
 * machine needs; a message that waits for a turn to end, or a task that runs, is no finding.
 */
export async function stuckThings(db: Db): Promise<Stuck[]> {
  const rows = await db.execute<{ kind: Stuck['kind']; id: string; what: string; since: string }>(sql`
    select kind, id, what, to_char(since at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as since from (
      select 'terminal' as kind, id, 'waits for a host' as what, created_at as since from terminals
        where lifecycle = 'placing' and host_id is null and created_at < now() - interval '1 minute'
      union all
      select 'terminal', id, 'was placed and has not started', placed_at from terminals
        where lifecycle = 'placing' and placed_at < now() - interval '2 minutes'
      union all
      select 'terminal', id, 'should have ended', status_at from terminals
        where lifecycle <> 'closed' and closing is not null and status_at < now() - interval '1 minute'
      union all
      select 'terminal', id, 'takes no input: text is stuck in its input line, or its CLI is in trouble', status_at from terminals
        where lifecycle = 'live' and status in ('error', 'unknown') and status_at < now() - interval '1 minute'
      union all
      select 'message', m.id::text, 'waits although its terminal takes input', greatest(m.created_at, t.status_at)
        from messages m join terminals t on t.id = m.terminal_id
        where m.state = 'queued' and t.lifecycle = 'live' and t.status in ('idle', 'completed')
          and greatest(m.created_at, t.status_at) < now() - interval '1 minute'
          and m.seq = (select min(seq) from messages o where o.terminal_id = m.terminal_id and o.state in ('queued', 'pasted'))
      union all
      select 'message', id::text, 'lies in the pane without proof that its CLI took it', pasted_at from messages
        where state = 'pasted' and pasted_at < now() - interval '1 minute'
      union all
      select 'task', id, 'is past its deadline', deadline_at from tasks
        where state = 'running' and deadline_at < now() - interval '1 minute'
      union all
      select 'task', t.id, 'runs although its worker is at rest', greatest(w.status_at, t.created_at)
        from tasks t join terminals w on w.id = t.worker_id
        where t.state = 'running' and w.lifecycle = 'live' and w.status in ('idle', 'completed') and w.turn_ended_at is not null
          and greatest(w.status_at, t.created_at) < now() - interval '2 minutes'
          and not exists (select 1 from tasks c where c.requester_id = w.id and c.state = 'running')
      union all
      select 'task', t.id, 'has ended, and its requester has not heard of it', t.ended_at
        from tasks t join terminals r on r.id = t.requester_id
        where t.reported_at is null and t.ended_at < now() - interval '1 minute'
          and r.lifecycle = 'live' and r.status in ('idle', 'completed')
      union all
      select 'approval', id::text, 'waits for somebody to allow or deny it', created_at from approvals
        where state = 'open' and decision is null and created_at < now() - interval '10 minutes'
      union all
      select 'approval', id::text, 'was decided, and its CLI has not been told', created_at from approvals
        where state = 'open' and decision is not null and created_at < now() - interval '1 minute'
    ) as stuck order by since limit ${MOST}`);
  return rows.rows.map((row) => ({ ...row, since: new Date(row.since) }));
}

/** Whether somebody keeps the clock. @returns seconds since a scheduler was last seen; null: none ever was. */
export async function schedulerSilence(db: Db): Promise<number | null> {
  const rows = await db.execute<{ seconds: number }>(
    sql`select extract(epoch from now() - seen_at)::float as seconds from health`,
  );
  return rows.rows[0]?.seconds ?? null;
}
