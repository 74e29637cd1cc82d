import { type Failure, type FailureKind, failureTable } from '@cao/contracts';
import type { Ledger } from '../ledger.ts';
import { placeAnew } from './place-anew.ts';
import { limitProvider } from './provider-limits.ts';
import type { TerminalRow } from './terminals.ts';

/** Trouble of the service with whoever asks: the same request by another CLI may well be answered. */
const REFUSED: readonly FailureKind[] = ['quota_exhausted', 'not_logged_in'];

/**
 * A turn ended because its CLI's service refused it. The host remembers that for a while; and where the profile names a
 * chain, the terminal is placed anew with the next CLI that can run. Nothing of the old conversation goes along: another
 * CLI could not read it.
 * @returns whether another CLI takes over.
 */
export async function failOver(ledger: Ledger, row: TerminalRow, failure: Failure): Promise<boolean> {
  if (!REFUSED.includes(failure.kind) || !row.hostId) return false;
  await limitProvider(ledger.tx, row.hostId, row.provider, failure);
  if (row.providers.length < 2 || row.closing) return false;
  await placeAnew(ledger, row, {
    reason: `${row.provider} is ${failureTable[failure.kind].title}: another of ${row.providers.join(', ')} takes over`,
    failure,
  });
  return true;
}
