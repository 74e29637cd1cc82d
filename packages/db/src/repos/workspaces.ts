import { normaliseRepo } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, eq, sql } from '../drizzle.ts';
import type { Ledger } from '../ledger.ts';
import { hosts, terminals } from '../schema/index.ts';
import { type TerminalRow, terminalEvent } from './terminals.ts';

/** Its host is at it: the start counts from now, so that a long first clone is not taken for a start that hangs. */
export async function keepPlace(tx: Db, row: TerminalRow, note: string): Promise<void> {
  const [kept] = await tx
    .update(terminals)
    .set({ placedAt: sql`now()`, reason: note })
    .where(and(eq(terminals.id, row.id), eq(terminals.epoch, row.epoch), eq(terminals.lifecycle, 'placing')))
    .returning({ id: terminals.id });
  if (kept && row.reason !== note) await terminalEvent(tx, 'terminal.workspace', row, { note });
}

/** Its worktree is there: it can start, and its host has that repository from now on. */
export async function workspaceReady(ledger: Ledger, row: TerminalRow, note: string): Promise<void> {
  const { tx } = ledger;
  await keepPlace(tx, row, note);
  ledger.ring({ bell: 'start', hostId: row.hostId!, id: row.id });
  if (!row.workspace) return;
  const repo = normaliseRepo(row.workspace.repo);
  await tx
    .update(hosts)
    .set({ warm: sql`array_prepend(${repo}::text, array_remove(${hosts.warm}, ${repo}::text))` })
    .where(eq(hosts.id, row.hostId!));
}
