import { hostBells, hostQueue } from '@cao/contracts';
import {
  continueDrains,
  endOverdueTasks,
  endPauses,
  listHosts,
  REPLICA_SILENT_S,
  releaseLinksOf,
  reportOutcomes,
  requestersWithUnreported,
  retryStalledStarts,
  sweepReplicas,
  unplacedTerminals,
} from '@cao/db';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';

/** The backstop for lost bells; nothing that people wait for depends on it. Units: ms. */
export const SWEEP_EVERY_MS = 30_000;
/** Above any start that is still under way: the command itself is given up after 45 s. Units: seconds. */
const START_DEADLINE_S = 90;

/** Bell `sweep`: finds what a lost bell missed, and hands it to the code that does it anyway. */
export async function sweep(deps: Deps): Promise<void> {
  const { db } = deps.database;
  await releaseLinksOf(db, await sweepReplicas(db, REPLICA_SILENT_S));
  for (const host of await listHosts(db))
    if (host.state === 'online') await deps.queues.ring(hostQueue(host.id), hostBells.reconcile, host.id);
  await commit(deps, async (ledger) => {
    await endOverdueTasks(ledger);
    await endPauses(ledger);
    await continueDrains(ledger);
    await retryStalledStarts(ledger, START_DEADLINE_S);
    for (const requester of await requestersWithUnreported(ledger.tx))
      await reportOutcomes(ledger, requester, { turnEnded: false });
    for (const terminal of await unplacedTerminals(ledger.tx))
      ledger.ring({ bell: 'place', hostId: null, id: terminal.id });
  });
}
