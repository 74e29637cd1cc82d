import { hostBells, hostQueue, PLACEMENT_QUEUE, placementBells } from '@cao/contracts';
import { type BellRequest, inLedger, type Ledger } from '@cao/db';
import type { Deps } from './deps.ts';

/**
 * One transaction, then its bells. The rows are the truth: a bell that cannot be rung is found by `reconcile`.
 * Where this replica holds the host's link the handler is called at once as well; whichever comes second finds
 * nothing left to do. Where it does not, the others are told, so that the one that holds it does the same.
 */
export async function commit<T>(deps: Deps, work: (ledger: Ledger) => Promise<T>): Promise<T> {
  const { value, bells } = await inLedger(deps.database, work);
  ringAll(deps, bells);
  return value;
}

function ringAll(deps: Deps, bells: readonly BellRequest[]): void {
  const seen = new Set<string>();
  for (const request of bells) {
    const key = `${request.bell} ${request.id}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (request.hostId !== null && !deps.links.poke(request.hostId, request.bell, request.id))
      deps.queues.tell(request);
    const rung =
      request.hostId === null
        ? deps.queues.ring(PLACEMENT_QUEUE, placementBells[request.bell], request.id)
        : deps.queues.ring(hostQueue(request.hostId), hostBells[request.bell], request.id);
    // Not awaited: nobody's answer may hang on the queue.
    rung.catch((error) => deps.log.warn({ err: error, ...request }, 'a bell could not be rung'));
  }
}
