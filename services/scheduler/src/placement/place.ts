import { choose, misfit } from '@cao/contracts';
import { closeTerminal, hostsForPlacement, lockTerminal, placeTerminal, setWaitingReason } from '@cao/db';
import { failpoint } from '@cao/runtime';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';

/**
 * Bell `place`: gives a terminal its host, one placement at a time, so that two schedulers never fill one place twice; capacity is a count of open rows, never a counter. No host fits: it waits, with the reason.
 */
export async function place(deps: Deps, id: string): Promise<void> {
  await failpoint('scheduler.place.before-commit');
  await commit(deps, async (ledger) => {
    const hosts = await hostsForPlacement(ledger.tx);
    const terminal = await lockTerminal(ledger.tx, id);
    if (terminal?.lifecycle !== 'placing' || terminal.hostId) return;
    if (terminal.closing) return closeTerminal(ledger, terminal, terminal.closing);
    const place = choose(hosts, terminal);
    if (place) return placeTerminal(ledger, terminal, { hostId: place.host.id, provider: place.provider });
    const reasons = hosts.map((one) => `${one.name}: ${misfit(one, terminal)}`);
    await setWaitingReason(
      ledger.tx,
      terminal,
      reasons.length ? `no host fits (${reasons.join('; ')})` : 'no host has joined yet',
    );
  });
  await failpoint('scheduler.place.after-commit');
}
