import type { Db } from '../connect.ts';
import { sql } from '../drizzle.ts';
import { fixed } from '../fixed.ts';
import { isUnsettled } from './message-events.ts';
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

/** Open terminals of a host, oldest first, in one look: a thousand hosts are gone through twice a minute. */
export const terminalsOnHost: (db: Db, hostId: string) => Promise<TerminalOnHost[]> = fixed(
  (hostId) => sql`
    select terminals.id, terminals.epoch, terminals.session_name as "sessionName", terminals.lifecycle, terminals.closing,
      terminals.status, terminals.pasted_seq::float8 as "pastedSeq", asked.id as asks,
      asked.decision is not null or exists (
        select 1 from messages where messages.terminal_id = terminals.id and ${isUnsettled}
      ) as "isDue"
    from terminals
    left join approvals as asked
      on asked.terminal_id = terminals.id and asked.epoch = terminals.epoch and asked.state = 'open'
    where terminals.host_id = ${hostId} and terminals.lifecycle <> 'closed'
    order by terminals.created_at`,
);
