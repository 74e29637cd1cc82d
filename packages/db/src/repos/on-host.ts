import type { Db } from '../connect.ts';
import { sql } from '../drizzle.ts';
import { fixed } from '../fixed.ts';
import { asRows, rowsOf } from '../rows-of.ts';
import { isUnsettled } from './message-events.ts';
import { movesFrom } from './moves.ts';
import type { TerminalRow } from './terminals.ts';

/** What a terminal is by its row, as far as it can differ from its pane. The whole row is wide. */
export type TerminalOnHost = Pick<
  TerminalRow,
  'id' | 'epoch' | 'sessionName' | 'lifecycle' | 'closing' | 'status' | 'pastedSeq'
> & {
  /** The approval that its present pane has open; null: none. */
  readonly asks: string | null;
  /** It has mail that is not settled, or a decision that its CLI has to be told. */
  readonly isDue: boolean;
};

/** What the rows say of a host. */
export interface OnHost {
  /** Its open terminals, oldest first. */
  readonly rows: readonly TerminalOnHost[];
  /** Terminals that left it, which has not told yet what they take along. */
  readonly moves: readonly string[];
}

/** In one look: a thousand hosts are gone through twice a minute. @returns of each, in their order */
export async function lookAtHosts(db: Db, hostIds: readonly string[]): Promise<OnHost[]> {
  const wanted = [...new Set(hostIds)];
  const [rows, moves] = await Promise.all([
    terminalsOn(db, asRows(wanted.map((id) => ({ id })))),
    movesFrom(db, wanted),
  ]);
  const rowsBy = Map.groupBy(rows, ({ hostId }) => hostId);
  return hostIds.map((hostId) => ({
    rows: (rowsBy.get(hostId) ?? []).map(({ hostId: _, ...row }) => row),
    moves: moves.filter(({ from }) => from === hostId).map(({ id }) => id),
  }));
}

const terminalsOn = fixed<TerminalOnHost & { readonly hostId: string }, [hosts: string]>(
  (hosts) => sql`
    select terminals.id, terminals.host_id as "hostId", terminals.epoch, terminals.session_name as "sessionName", terminals.lifecycle,
      terminals.closing, terminals.status, terminals.pasted_seq::float8 as "pastedSeq", asked.id as asks,
      asked.decision is not null or exists (
        select 1 from messages where messages.terminal_id = terminals.id and ${isUnsettled}
      ) as "isDue"
    from ${rowsOf('host', 'id text', hosts)}
    join terminals on terminals.host_id = host.id and terminals.lifecycle <> 'closed'
    left join approvals as asked
      on asked.terminal_id = terminals.id and asked.epoch = terminals.epoch and asked.state = 'open'
    order by terminals.created_at`,
);
