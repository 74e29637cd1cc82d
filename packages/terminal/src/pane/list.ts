import type { Reply } from '../control/reply.ts';
import { linesOf } from '../control/reply.ts';
import type { PaneState } from '../terminal-server.ts';
import { HUB, isHidden, PROBE } from './names.ts';

/** The title is last: it is the only field whose content is the program's. tmux makes control characters visible. */
const FIELDS = [
  'pane_id',
  'window_id',
  'pane_pid',
  '@cao_id',
  '@cao_epoch',
  '@cao_seq',
  '@cao_sent',
  'pane_dead',
  'pane_dead_status',
  'pane_dead_signal',
  'pane_in_mode',
  'pane_input_off',
  '@cao_bp',
  'pane_width',
  'pane_height',
  'session_name',
  'window_name',
  'pane_title',
] as const;
type Field = (typeof FIELDS)[number];

const SEPARATOR = '\t';
/** A window linked to n sessions gives n rows. */
export const LIST_PANES = `list-panes -a -F "${FIELDS.map((field) => `#{${field}}`).join('\\t')}"`;

export interface ListedPane extends PaneState {
  readonly windowName: string;
  /** Linked to the hub, so that its output is heard. */
  readonly inHub: boolean;
}

export const intOrNull = (digits: string | undefined): number | null => (digits ? Number(digits) : null);

/** Only panes that carry an id of ours: a person's own panes, and the hub, are none of our business. */
export function readPanes(reply: Reply): ListedPane[] {
  const panes = new Map<string, { row: Record<Field, string>; sessions: Set<string> }>();
  for (const line of linesOf(reply)) {
    const cells = line.split(SEPARATOR);
    const title = cells.slice(FIELDS.length - 1).join(SEPARATOR);
    const row = Object.fromEntries(FIELDS.map((field, i) => [field, cells[i] ?? ''])) as Record<
      Field,
      string
    >;
    row.pane_title = title;
    if (row['@cao_id'] === '') continue;
    const seen = panes.get(row.pane_id);
    if (!seen) panes.set(row.pane_id, { row, sessions: new Set([row.session_name]) });
    else {
      seen.sessions.add(row.session_name);
      if (!isHidden(row.session_name)) seen.row = row;
    }
  }
  return [...panes.values()]
    .map(({ row, sessions }) => listed(row, sessions))
    .sort((a, b) => Number(a.pane.slice(1)) - Number(b.pane.slice(1)));
}

function listed(row: Record<Field, string>, sessions: Set<string>): ListedPane {
  return {
    id: row['@cao_id'],
    epoch: Number(row['@cao_epoch']),
    pane: row.pane_id,
    window: row.window_id,
    pid: Number(row.pane_pid),
    session: row.session_name,
    seq: Number(row['@cao_seq']),
    sent: Number(row['@cao_sent']),
    dead: row.pane_dead === '1',
    deadStatus: intOrNull(row.pane_dead_status),
    deadSignal: intOrNull(row.pane_dead_signal),
    inMode: row.pane_in_mode !== '' && row.pane_in_mode !== '0',
    inputOff: row.pane_input_off === '1',
    bracketed: row['@cao_bp'] === '1',
    linkedSessions: sessions.size - (sessions.has(PROBE) ? 1 : 0),
    cols: Number(row.pane_width),
    rows: Number(row.pane_height),
    title: row.pane_title,
    windowName: row.window_name,
    inHub: sessions.has(HUB),
  };
}
