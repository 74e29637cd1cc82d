import { CaoError, type HostBell, hostBells, hostQueue } from '@cao/contracts';
import { NotNow } from '@cao/queue';
import type { Deps } from '../deps.ts';
import { handlers } from './handlers.ts';
import type { Link } from './link.ts';

/** How soon a bell whose link has just ended is rung again; the next link's reconcile does not wait for it. Units: ms. */
const RETRY_MS = 1_000;

/** The links that this replica holds, each with the BullMQ worker of its host's queue: no link, no worker. */
export interface Links {
  get(hostId: string): Link | undefined;
  /**
   * Calls the handler at once, where the link is here. An accelerator: the bell is rung as well.
   * @returns false where it is not.
   */
  poke(hostId: string, bell: HostBell, id: string): boolean;
  /** @returns the function that takes it away again. */
  add(deps: Deps, link: Link): () => Promise<void>;
}

export function makeLinks(): Links {
  const links = new Map<string, { link: Link; deps: Deps }>();
  /** Pokes that wait for their turn at a terminal. Its handler reads the rows then: a second one would find nothing. */
  const waiting = new Set<string>();
  return {
    get: (hostId) => links.get(hostId)?.link,
    poke(hostId, bell, id) {
      const held = links.get(hostId);
      if (!held) return false;
      const key = `${held.link.epoch} ${bell} ${id}`;
      if (waiting.has(key)) return true;
      waiting.add(key);
      void held.link.locks.run(id, async () => waiting.delete(key)); // first of the two: a row that comes later pokes anew
      handlers[bell](held.deps, held.link, id).catch((error) => {
        if (!held.link.ended)
          held.deps.log.warn({ err: error, bell, id }, 'a handler failed; its bell rings again');
      });
      return true;
    },
    add(deps, link) {
      links.set(link.hostId, { link, deps });
      // Not waited for: with the queue away a host still links, and is served by reconcile and the sweep.
      const serving = deps.queues.serve(
        hostQueue(link.hostId),
        Object.values(hostBells),
        async (kind, id) => {
          if (link.ended) throw new NotNow(RETRY_MS);
          await handlers[kind as HostBell](deps, link, id).catch((error) => {
            // A slow host: the bell keeps its attempts for what fails.
            if (error instanceof CaoError && error.code === 'unavailable')
              throw new NotNow(RETRY_MS, error.message);
            throw error;
          });
        },
      );
      serving.catch((error) =>
        deps.log.error({ err: error, host: link.hostId }, "the bells of a host's queue are not heard"),
      );
      return async () => {
        if (links.get(link.hostId)?.link === link) links.delete(link.hostId);
        const worker = await serving.catch(() => null);
        await worker?.close();
      };
    },
  };
}
