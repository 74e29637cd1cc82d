import { choose, type HostView, type PlacementWish } from '@cao/contracts';
import {
  closeTerminal,
  hasUnplaced,
  listHosts,
  lockPlacement,
  lockTerminal,
  placeTerminal,
  setWaitingReasons,
  unplacedTerminals,
} from '@cao/db';
import { failpoint } from '@cao/runtime';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';
import { sayMisfits } from './say-misfits.ts';

/** Placements of one transaction: hosts are looked at once for all of them, and nobody waits for long. */
const ROUND = 50;

/**
 * Bell `place`: gives those that wait their hosts, the oldest first; one such round at a time in the whole cluster, so that two
 * schedulers never fill one place twice. Capacity is a count of open rows, never a counter. No host fits: it waits, with the
 * reason. Whose bell it is does not matter: another scheduler's round may have done the work.
 */
export async function place(deps: Deps): Promise<void> {
  if (!(await hasUnplaced(deps.database.db))) return;
  await failpoint('scheduler.place.before-commit');
  await commit(deps, async (ledger) => {
    await lockPlacement(ledger.tx);
    const wishes = await unplacedTerminals(ledger.tx);
    if (wishes.length === 0) return;
    const hosts = await listHosts(ledger.tx);
    const places = new Map<string, HostView>(hosts.map((host) => [host.id, host]));
    const unfit = new Map<string, string[]>();
    /** Hosts that this round gave to terminals of a session. */
    const taken = new Map<string, string[]>();
    let left = ROUND;
    for (const wish of wishes) {
      if (left === 0) return ledger.ring({ bell: 'place', hostId: null, id: wish.id });
      const avoid = wish.wishApart ? [...wish.avoid, ...(taken.get(wish.session) ?? [])] : [];
      const { providers, wishHost, wishLabels, repo } = wish;
      const wanted: PlacementWish = { providers, wishHost, wishLabels, avoid, repo };
      const key = JSON.stringify(wanted);
      // Who wants what nobody could be given is not looked at twice.
      const chosen = wish.closing || unfit.has(key) ? null : choose([...places.values()], wanted);
      if (!chosen && !wish.closing) {
        unfit.set(key, [...(unfit.get(key) ?? []), wish.id]);
        continue;
      }
      const terminal = await lockTerminal(ledger.tx, wish.id);
      if (terminal?.lifecycle !== 'placing' || terminal.hostId) continue;
      left--;
      if (terminal.closing) await closeTerminal(ledger, terminal, terminal.closing);
      else if (chosen) {
        const { host, provider } = chosen;
        await placeTerminal(ledger, terminal, { hostId: host.id, provider });
        taken.set(wish.session, [...(taken.get(wish.session) ?? []), host.id]);
        places.set(host.id, { ...host, terminals: host.terminals + 1 });
      }
    }
    for (const [key, ids] of unfit) {
      await setWaitingReasons(ledger.tx, ids, sayMisfits(hosts, JSON.parse(key) as PlacementWish));
    }
  });
  await failpoint('scheduler.place.after-commit');
}
