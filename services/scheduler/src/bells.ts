import { hostBells, hostQueue, PLACEMENT_QUEUE, placementBells } from '@cao/contracts';
import { type BellRequest, inLedger, type Ledger } from '@cao/db';
import type { Deps } from './deps.ts';

/** One transaction, then its bells; the sweep finds what a lost bell missed. */
export async function commit<T>(deps: Deps, work: (ledger: Ledger) => Promise<T>): Promise<T> {
  const { value, bells } = await inLedger(deps.database, work);
  await Promise.all(bells.map(({ request }) => ring(deps, request)));
  return value;
}

function ring(deps: Deps, request: BellRequest): Promise<boolean> {
  if (request.hostId === null)
    return deps.queues.ring(PLACEMENT_QUEUE, placementBells[request.bell], request.id);
  deps.queues.tell(request);
  return deps.queues.ring(hostQueue(request.hostId), hostBells[request.bell], request.id);
}
