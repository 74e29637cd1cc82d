import type { HostView, TerminalStatus, TerminalView } from '@cao/contracts';
import type { Io, Paint } from '../io.ts';
import { age } from './age.ts';
import { plainLine } from './plain.ts';
import { table } from './table.ts';

const statusPaint = {
  starting: 'dim',
  idle: 'green',
  processing: 'cyan',
  completed: 'green',
  waiting_user_answer: 'yellow',
  error: 'red',
  unknown: 'dim',
} as const satisfies Record<TerminalStatus, Paint>;

/** What to say of a terminal in one word: its status while it lives, else where it is in its life. */
export const stateOf = (io: Pick<Io, 'paint'>, terminal: TerminalView): string =>
  terminal.lifecycle === 'live'
    ? io.paint(statusPaint[terminal.status], terminal.status)
    : io.paint(terminal.lifecycle === 'lost' ? 'red' : 'dim', terminal.lifecycle);

/** One row per terminal. `session`: a column for it, when they are of several. */
export function terminalTable(
  io: Io,
  terminals: readonly TerminalView[],
  show: { session: boolean; conductors: readonly (string | null)[] },
): string {
  const rows = terminals.map((terminal) => [
    terminal.id,
    ...(show.session ? [terminal.session_name] : []),
    plainLine(terminal.agent_profile) + (show.conductors.includes(terminal.id) ? ' ★' : ''),
    terminal.provider,
    terminal.host_name ? plainLine(terminal.host_name) : '–',
    stateOf(io, terminal),
    age(terminal.closed_at ?? terminal.status_at),
    String(terminal.queued),
    plainLine(terminal.reason ?? ''),
  ]);
  const head = [
    'TERMINAL',
    ...(show.session ? ['SESSION'] : []),
    'PROFILE',
    'PROVIDER',
    'HOST',
    'STATUS',
    'SINCE',
    'WAITING',
    'REASON',
  ];
  return table(io, head, rows);
}

/** How a person sits down at the host itself: one read-only line per host of these terminals. */
export function localAttachLines(terminals: readonly TerminalView[], hosts: readonly HostView[]): string[] {
  const lines = terminals.flatMap((terminal) => {
    const host = hosts.find((candidate) => candidate.id === terminal.host_id);
    if (terminal.lifecycle !== 'live' || !host?.attach) return [];
    return [
      `on ${plainLine(host.name)}: ${plainLine(host.attach.replaceAll('{session}', terminal.session_name))}`,
    ];
  });
  return [...new Set(lines)];
}
