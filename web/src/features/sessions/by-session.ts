import type { SessionView, TerminalView } from '@cao/contracts';

export interface Group {
  readonly session: SessionView;
  readonly members: readonly TerminalView[];
}

/** Sessions as they come, each with its conductor first, then the others by age; ended ones only where asked for. */
export function bySession(
  sessions: readonly SessionView[],
  terminals: ReadonlyMap<string, TerminalView>,
  withEnded: boolean,
): readonly Group[] {
  const wanted = [...terminals.values()].filter((each) => withEnded || each.lifecycle !== 'closed');
  const members = Map.groupBy(wanted, (each) => each.session_name);
  return sessions
    .filter((session) => withEnded || session.state !== 'closed')
    .map((session) => ({ session, members: inOrder(session, members.get(session.name) ?? []) }));
}

function inOrder(session: SessionView, members: readonly TerminalView[]): readonly TerminalView[] {
  const rank = (each: TerminalView) =>
    each.id === session.conductor_id ? 0 : each.lifecycle === 'closed' ? 2 : 1;
  return members.toSorted((a, b) => rank(a) - rank(b) || Date.parse(a.created_at) - Date.parse(b.created_at));
}
