import {
  continueDrains,
  dropOldCheckpointParts,
  dropOldEvents,
  endForgottenTurns,
  endOverdueTasks,
  endPauses,
  REPLICA_SILENT_S,
  releaseLinksOf,
  reportOutcomes,
  requestersWithUnreported,
  retryStalledStarts,
  ringUnplaced,
  sweepReplicas,
} from '@cao/db';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';

/** The backstop for bells that were lost and concern no linked host; nothing that people wait for depends on it. Units: ms. */
export const SWEEP_EVERY_MS = 30_000;
/** Above any start that is still under way: the command itself is given up after 45 s. Units: seconds. */
const START_DEADLINE_S = 90;

/** Events that are deleted in one transaction, and how many of these a sweep makes at most: more than a busy cluster appends meanwhile. */
const EVENTS_AT_ONCE = 5_000;
const MOST_TIMES = 20;

/** Bell `sweep`: finds what a lost bell missed, and hands it to the code that does it anyway. */
export async function sweep(
  deps: Deps,
  { eventDays, signal }: { eventDays: number; signal: AbortSignal },
): Promise<void> {
  const { db } = deps.database;
  await releaseLinksOf(db, await sweepReplicas(db, REPLICA_SILENT_S));
  await commit(deps, async (ledger) => {
    await endOverdueTasks(ledger);
    await endPauses(ledger);
    await endForgottenTurns(ledger);
    await continueDrains(ledger);
    await retryStalledStarts(ledger, START_DEADLINE_S);
    for (const requester of await requestersWithUnreported(ledger.tx))
      await reportOutcomes(ledger, requester, { turnEnded: false });
    await ringUnplaced(ledger);
    await dropOldCheckpointParts(ledger.tx);
  });
  if (eventDays > 0)
    for (let times = 0; times < MOST_TIMES && !signal.aborted; times++)
      if ((await dropOldEvents(db, eventDays, EVENTS_AT_ONCE)) < EVENTS_AT_ONCE) break;
}
