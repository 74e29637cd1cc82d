import type { Db } from '../connect.ts';
import { sql } from '../drizzle.ts';
import { hosts, messages, tasks } from '../schema/index.ts';

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

/** What the end of a turn may have to see to, in one look: of most turns, nothing. */
export async function dutiesAtTurnEnd(
  tx: Db,
  of: { id: string; hostId: string | null; provider: string },
): Promise<TurnDuties> {
  const { rows } = await tx.execute<{ [K in keyof TurnDuties]: boolean }>(sql`select
    exists (select 1 from ${tasks} where ${tasks.workerId} = ${of.id} and ${tasks.state} = 'running') as works,
    exists (select 1 from ${tasks} where ${tasks.requesterId} = ${of.id} and ${tasks.reportedAt} is null) as awaits,
    exists (select 1 from ${hosts} where ${hosts.id} = ${of.hostId} and ${hosts.limits} ? ${of.provider}::text) as limited,
    exists (select 1 from ${messages} where ${messages.terminalId} = ${of.id} and ${messages.state} in ('queued', 'pasted')) as mail`);
  return rows[0]!;
}
