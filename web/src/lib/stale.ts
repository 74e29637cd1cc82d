import type { EventView } from '@cao/contracts';

/** What a fetch brings up to date: one key, one request (the lists: four). */
export type FetchKey =
  | 'lists'
  | 'hosts'
  | 'approvals'
  | `session:${string}`
  | `terminal:${string}`
  | `inbox:${string}`
  | `why:${string}`;

/**
 * What the page must fetch after an event. `looked` are the terminals somebody looks at: only their inbox and the
 * reason of their state are kept.
 */
export function staleAfter(event: EventView, looked: ReadonlySet<string>): readonly FetchKey[] {
  const stale: FetchKey[] = [];
  const { kind, terminal_id: terminal, session_name: session } = event;
  if (kind.startsWith('host.')) stale.push('hosts');
  if (kind.startsWith('approval.')) stale.push('approvals');
  if (kind.startsWith('session.') && session) stale.push(`session:${session}`);
  if (terminal === null) return stale;
  if (kind.startsWith('terminal.') || kind.startsWith('message.')) stale.push(`terminal:${terminal}`);
  // A host counts its open terminals, and a session that is ending ends with its last one.
  if (kind === 'terminal.placed' || kind === 'terminal.closed') stale.push('hosts');
  if (kind === 'terminal.closed' && session) stale.push(`session:${session}`);
  if (!looked.has(terminal)) return stale;
  if (kind.startsWith('terminal.') || kind.startsWith('approval.')) stale.push(`why:${terminal}`);
  if (kind.startsWith('message.') || kind === 'terminal.turn_ended') stale.push(`inbox:${terminal}`);
  return stale;
}
