import { takesInput } from '@cao/contracts';
import { sql } from '../drizzle.ts';
import type { Ledger } from '../ledger.ts';
import { endTurnOfWorker, reportOutcomes } from './outcomes.ts';
import { lockTerminal } from './terminals.ts';

/** A CLI that took a prompt is seen at work long before that. Units: seconds. */
const QUIET_S = 15;

/**
 * Turns whose end was told before the proof that they had begun, as a worker-agent may do that died in between: the end found no
 * prompt that it could belong to. A terminal that has been quiet since, and whose last end of a turn came after the message, is done
 * with it.
 */
export async function endForgottenTurns(ledger: Ledger): Promise<void> {
  const { rows } = await ledger.tx.execute<{ id: string }>(sql`
    select distinct t.id from terminals t join messages m on m.terminal_id = t.id
    where m.state = 'accepted' and m.ended_at is null and t.lifecycle = 'live' and t.closing is null
      and t.status in ('idle', 'completed') and t.turn_ended_at > m.created_at
      and greatest(t.status_at, m.accepted_at, t.turn_ended_at) < now() - make_interval(secs => ${QUIET_S})`);
  for (const { id } of rows) {
    const row = await lockTerminal(ledger.tx, id);
    if (row?.lifecycle !== 'live' || !takesInput(row.status)) continue;
    await ledger.tx.execute(
      sql`update messages set ended_at = now() where terminal_id = ${id} and state = 'accepted' and ended_at is null`,
    );
    await endTurnOfWorker(ledger, id, { answer: row.lastAnswer, error: row.failure?.message ?? null });
    await reportOutcomes(ledger, id, { turnEnded: true });
  }
}
