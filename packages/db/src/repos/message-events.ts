import type { EventKind } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { type SQL, sql } from '../drizzle.ts';
import { messages } from '../schema/index.ts';
import { appendEvent, type EventOfChange } from './events.ts';
import type { MessageRow } from './messages.ts';

/** It waits, or lies in the pane without proof. Written out, so that a prepared plan knows the index of these few. */
export const isUnsettled = sql`${messages.state} in ('queued', 'pasted')`;

/**
 * Messages of each row to the left of it, looked up row by row: what Postgres last saw of a partial index is often that it is empty,
 * and it would go through all of it.
 * @param which a condition that names the terminal
 */
export const eachOf = (which: SQL): SQL =>
  sql`lateral (select id, state, seq from messages where ${which} offset 0)`;

/** What events say of a message: never its text. */
export const MESSAGE_COLUMNS = sql.raw(
  'messages.id as message_id, messages.terminal_id, messages.seq, messages.kind, messages.sender, messages.task_id',
);
export const MESSAGE_DATA = sql.raw(
  "jsonb_build_object('message_id', message_id, 'seq', seq, 'kind', kind, 'sender', sender)",
);
/** The event of messages that change; `changed` has these columns. */
export const changeOf = (kind: EventKind | SQL, sessionName: SQL): EventOfChange => ({
  kind,
  sessionName,
  terminalId: sql.raw('terminal_id'),
  taskId: sql.raw('task_id'),
  data: MESSAGE_DATA,
  orderBy: sql.raw('seq'),
});

export async function messageEvent(
  tx: Db,
  kind: 'message.queued' | 'message.dead',
  row: MessageRow,
  session: string,
  more: Record<string, unknown> = {},
): Promise<void> {
  await appendEvent(tx, {
    kind,
    sessionName: session,
    terminalId: row.terminalId,
    taskId: row.taskId,
    data: { message_id: row.id, seq: row.seq, kind: row.kind, sender: row.sender, ...more },
  });
}
