import { linkClose } from '@cao/contracts';
import { linksOfReplica, releaseLink } from '@cao/db';
import type { Deps } from '../deps.ts';

/** A link whose end could not be written at once may be ending still. Units: seconds. */
const SETTLED_S = 30;

/**
 * Makes the rows and the links of this replica agree, after an outage of Postgres in particular: a link whose end could not be
 * written is released, and one that was taken from this replica, because it gave no sign of life, is dropped, so that its host
 * dials again and is seen.
 */
export async function reviewLinks(deps: Deps): Promise<void> {
  const held = deps.links.all();
  const rows = await linksOfReplica(deps.database.db, deps.replicaId);
  for (const link of held)
    if (!rows.some(({ id, linkEpoch }) => id === link.hostId && linkEpoch === link.epoch))
      link.drop(linkClose.goingAway, 'this link is held by no replica any more');
  for (const { id, linkEpoch, seconds } of rows)
    if (seconds > SETTLED_S && deps.links.get(id)?.epoch !== linkEpoch)
      await releaseLink(deps.database.db, id, linkEpoch, 'link ended');
}
