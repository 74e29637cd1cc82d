import { CaoError, type HostBell, hostBells, hostQueue } from '@cao/contracts';
import type { NextMail } from '@cao/db';
import { NotNow, type Server } from '@cao/queue';
import type { Deps } from '../deps.ts';
import { handlers } from './handlers.ts';
import type { Link } from './link.ts';

/** How soon a bell whose link has just ended is rung again; the next link's reconcile does not wait for it. Units: ms. */
const RETRY_MS = 1_000;

/** The links that this replica holds, each with the BullMQ worker of its host's queue: no link, no worker. */
export interface Links {
  get(hostId: string): Link | undefined;
  all(): Link[];
  /**
   * Calls the handler at once where the link is here, and once more when it is asked for meanwhile.
   * @param mail of bell `mail`, what was just found
   * @returns null: the link is not here. @throws what the handler throws: the bell is to be rung then.
   */
  attend(hostId: string, bell: HostBell, id: string, mail?: NextMail): Promise<void> | null;
  /** @returns the function that takes it away again. */
  add(deps: Deps, link: Link): () => Promise<void>;
}

interface Held {
  readonly link: Link;
  readonly deps: Deps;
  /** By bell and id: a handler is under way, and whether it was asked for since it began. */
  readonly running: Map<string, boolean>;
}

export function makeLinks(): Links {
  const links = new Map<string, Held>();
  return {
    get: (hostId) => links.get(hostId)?.link,
    all: () => [...links.values()].map(({ link }) => link),
    attend(hostId, bell, id, mail = null) {
      const held = links.get(hostId);
      if (!held || held.link.ended) return null;
      const key = `${bell} ${id}`;
      if (!held.running.has(key)) return attend(held, { bell, id, key, mail });
      held.running.set(key, true);
      return Promise.resolve();
    },
    add(deps, link) {
      links.set(link.hostId, { link, deps, running: new Map() });
      // Not waited for: with the queue away a host still links, and is served by `reconcile`: at its hello, and in rounds.
      let serving: Promise<Server> | undefined;
      void deps.arrivals.settled().then(() => {
        if (link.ended) return;
        serving = serveHost(deps, link);
        serving.catch((error) =>
          deps.log.error({ err: error, host: link.hostId }, "the bells of a host's queue are not heard"),
        );
      });
      return async () => {
        if (links.get(link.hostId)?.link === link) links.delete(link.hostId);
        const server = await serving?.catch(() => null);
        await server?.close();
      };
    },
  };
}

/** A worker of its host's queue: the bells of what this replica did not hear of at once. */
const serveHost = (deps: Deps, link: Link) =>
  deps.queues.serve(hostQueue(link.hostId), Object.values(hostBells), async (kind, id) => {
    if (link.ended) throw new NotNow(RETRY_MS);
    await handlers[kind as HostBell](deps, link, id).catch((error) => {
      // A slow host: the bell keeps its attempts for what fails.
      if (error instanceof CaoError && error.code === 'unavailable')
        throw new NotNow(RETRY_MS, error.message);
      throw error;
    });
  });

interface Asked {
  readonly bell: HostBell;
  readonly id: string;
  readonly key: string;
  readonly mail: NextMail;
}

async function attend({ deps, link, running }: Held, { bell, id, key, mail }: Asked): Promise<void> {
  try {
    for (let found = mail; ; found = null) {
      running.set(key, false);
      await handlers[bell](deps, link, id, found);
      if (!running.get(key)) break;
    }
  } finally {
    running.delete(key);
  }
}
