import type { Deps } from '../deps.ts';
import type { Link } from './link.ts';
import { reconcile } from './reconcile.ts';

/** How long a lost bell may stay unnoticed. Units: ms. */
const EVERY_MS = 30_000;

/**
 * Goes through a linked host again and again, for what a lost bell missed: here, where its link is, so that it needs neither a queue
 * nor a scheduler that live. The first time is drawn from the second half of the pause: hosts that dialled at one moment are not gone through
 * at one moment.
 * @returns ends it
 */
export function goRounds(deps: Deps, link: Link): () => void {
  let timer: NodeJS.Timeout;
  const after = (ms: number) => {
    timer = setTimeout(() => void round(), ms);
  };
  const round = async () => {
    await reconcile(deps, link, { slots: deps.rounds }).catch((error) => {
      if (!link.ended) deps.log.warn({ err: error, host: link.hostId }, 'a round of a host failed');
    });
    if (!link.ended) after(EVERY_MS);
  };
  after(EVERY_MS * (1 - Math.random() / 2));
  return () => clearTimeout(timer);
}
