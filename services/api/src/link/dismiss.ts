import { linkClose } from '@cao/contracts';
import type { Deps } from '../deps.ts';
import { DEADLINE_MS } from './deadlines.ts';

/** A host that was removed: its panes are ended, and it is told not to dial again. */
export async function dismissHost(deps: Deps, hostId: string): Promise<void> {
  const link = deps.links.get(hostId);
  if (!link) return;
  try {
    const { panes } = await link.command({ do: 'report' }, DEADLINE_MS.report);
    const reason = 'its host was removed';
    await Promise.all(
      panes.map(({ terminal, epoch }) =>
        link.command({ do: 'close', terminal, epoch, reason }, DEADLINE_MS.close),
      ),
    );
  } catch (error) {
    deps.log.warn({ err: error, host: hostId }, 'not all panes of a removed host could be ended');
  }
  link.drop(linkClose.revoked, 'this host was removed from the cluster');
}
