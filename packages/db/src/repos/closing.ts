import type { WorkspaceOutcome } from '@cao/contracts';
import { and, eq, ne, sql } from '../drizzle.ts';
import type { Ledger } from '../ledger.ts';
import { sessions, terminals } from '../schema/index.ts';
import { closeApprovals } from './approvals.ts';
import { killMessages } from './messages.ts';
import { failTasksOfWorker } from './outcomes.ts';
import { ringUnplaced } from './placement.ts';
import { closeSessionIfEmpty } from './sessions.ts';
import { isOpen, requestClose, type TerminalRow, terminalEvent } from './terminals.ts';

/** The terminal is no more: its mail dies, its tasks fail, both with this reason, and it asks nothing any more. Idempotent. */
export async function closeTerminal(
  ledger: Ledger,
  terminal: Pick<TerminalRow, 'id' | 'epoch'>,
  reason: string,
  workspace: WorkspaceOutcome | null = null,
): Promise<void> {
  const outcome = JSON.stringify({ outcome: workspace });
  const [row] = await ledger.tx
    .update(terminals)
    .set({
      lifecycle: 'closed',
      closedAt: sql`now()`,
      reason,
      closing: null,
      tokenHash: null,
      workspace: sql`${terminals.workspace} || ${outcome}::jsonb`,
    })
    .where(and(eq(terminals.id, terminal.id), eq(terminals.epoch, terminal.epoch), isOpen))
    .returning();
  if (!row) return;
  await closeApprovals(ledger.tx, row, 'terminal_closed');
  await terminalEvent(ledger.tx, 'terminal.closed', row, {
    reason,
    ...(workspace && { workspace: workspace.note, workspace_did: workspace.did }),
  });
  await killMessages(
    ledger,
    { terminalId: row.id, session: row.sessionName },
    'terminal_closed',
    `it ended (${reason})`,
  );
  await failTasksOfWorker(ledger, row.id, `worker terminal ${row.id} ended: ${reason}`);
  await closeSessionIfEmpty(ledger.tx, row.sessionName);
  // Room for whoever waits for a place.
  await ringUnplaced(ledger);
}

/** Asks for the end of all its terminals. Idempotent. */
export async function shutdownSession(ledger: Ledger, name: string): Promise<void> {
  await ledger.tx
    .update(sessions)
    .set({ state: 'closing' })
    .where(and(eq(sessions.name, name), eq(sessions.state, 'open')));
  const open = await ledger.tx
    .select({ id: terminals.id })
    .from(terminals)
    .where(and(eq(terminals.sessionName, name), ne(terminals.lifecycle, 'closed')));
  for (const { id } of open) await requestClose(ledger, id, 'session was shut down');
  await closeSessionIfEmpty(ledger.tx, name);
}
