import { ringUnplaced } from '@cao/db';
import { gather } from '@cao/runtime';
import { commitOne } from '../bells.ts';
import type { Deps } from '../deps.ts';

/** Has the terminals that wait for a host looked at; of many hosts that come at one moment one look is enough. */
export function roomTeller(deps: () => Deps): () => Promise<void> {
  const look = async (asked: readonly null[]) => {
    await commitOne(deps(), ringUnplaced);
    return asked.map(() => undefined);
  };
  const tell = gather<null, void>(look, {
    most: Number.POSITIVE_INFINITY,
    atOnce: 1,
    isUndone: () => false,
  });
  return () => tell(null);
}
