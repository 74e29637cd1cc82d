import { giveUpHosts, noteHealth } from '@cao/db';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';

/** Often enough that a break in anybody's health is seen. Units: ms. */
const LOOK_EVERY_MS = 5_000;

/**
 * Gives up hosts that were away for too long. Not a bell: a scheduler that cannot reach the queue is no worse a judge, and one
 * that stood still itself sees that by the database's clock.
 */
export async function judgeHosts(deps: Deps, giveUpAfterS: number): Promise<{ stop(): void }> {
  const look = async () => {
    if (await noteHealth(deps.database.db, giveUpAfterS))
      await commit(deps, (ledger) => giveUpHosts(ledger, giveUpAfterS));
  };
  const lookAgain = () => look().catch((error) => deps.log.warn({ err: error }, 'hosts could not be judged'));
  await lookAgain();
  const timer = setInterval(lookAgain, LOOK_EVERY_MS);
  return { stop: () => clearInterval(timer) };
}
