import { CaoError, hostBells, hostQueue, PLACEMENT_QUEUE, placementBells } from '@cao/contracts';
import { inLedger, type Ledger, type Rung } from '@cao/db';
import { failpoint } from '@cao/runtime';
import type { Deps } from './deps.ts';

/**
 * One transaction, then its bells. The rows are the truth: a bell that cannot be rung is found by `reconcile`. Where this
 * replica holds the host's link the handler is called at once, and the bell is rung only when that fails: if this process dies
 * in between, the host dials another one, and its `reconcile` finds the row. Where it does not, the others are told as well.
 */
export async function commit<T>(deps: Deps, work: (ledger: Ledger) => Promise<T>): Promise<T> {
  const committed = await inLedger(deps.database, async (ledger) => {
    const done = await work(ledger);
    await failpoint('api.commit.before');
    return done;
  });
  return afterwards(deps, committed);
}

/** The same for work that writes with one statement: there is no moment between that and its commit. */
export async function commitOne<T>(deps: Deps, work: (ledger: Ledger) => Promise<T>): Promise<T> {
  await failpoint('api.commit.before');
  return afterwards(deps, await inLedger(deps.database, work, { statements: 'one' }));
}

async function afterwards<T>(
  deps: Deps,
  { value, bells }: { readonly value: T; readonly bells: readonly Rung[] },
): Promise<T> {
  await failpoint('api.commit.after');
  const seen = new Set<string>();
  for (const { request, mail } of bells) {
    const key = `${request.bell} ${request.id}`;
    if (seen.has(key)) continue;
    seen.add(key);
    // Not awaited: nobody's answer may hang on a host or on the queue.
    hear(deps, { request, mail }).catch((error) =>
      deps.log.warn({ err: error, ...request }, 'a bell could not be rung'),
    );
  }
  return value;
}

async function hear(deps: Deps, { request, mail }: Rung): Promise<void> {
  if (request.hostId === null) {
    await deps.queues.ring(PLACEMENT_QUEUE, placementBells[request.bell], request.id);
    return;
  }
  try {
    const attended = deps.links.attend(request.hostId, request.bell, request.id, mail);
    if (attended !== null) return await attended;
    deps.queues.tell(request);
  } catch (error) {
    const ended = error instanceof CaoError && error.code === 'host_offline';
    deps.log[ended ? 'debug' : 'warn']({ err: error, ...request }, 'a handler failed; its bell is rung');
  }
  await deps.queues.ring(hostQueue(request.hostId), hostBells[request.bell], request.id);
}
