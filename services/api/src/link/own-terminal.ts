import { findTerminal, type TerminalRow } from '@cao/db';
import type { Deps } from '../deps.ts';
import type { Link } from './link.ts';

/** The open row of a terminal that this link's host owns. */
export async function ownTerminal(deps: Deps, link: Link, id: string): Promise<TerminalRow | null> {
  const row = await findTerminal(deps.database.db, id);
  return row && row.hostId === link.hostId && row.lifecycle !== 'closed' ? row : null;
}
