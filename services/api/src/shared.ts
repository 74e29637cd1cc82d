import {
  type Bearer,
  type Claim,
  type Claimed,
  claimLink,
  claimLinks,
  type Database,
  findBearers,
  hostKeys,
  isOutage,
  lookAtHosts,
  type NextMail,
  nextMails,
  type OnHost,
} from '@cao/db';
import { gather } from '@cao/runtime';

/** What several ask Postgres at about the same time is one statement. */
export interface Shared {
  /** What the delivery to a terminal goes by. */
  nextMail(terminalId: string): Promise<NextMail>;
  /** Whose a token is. */
  findBearer(hash: string): Promise<Bearer | null>;
  /** The public key of a host; null: there is no such host. */
  hostKey(hostId: string): Promise<string | null>;
  lookAtHost(hostId: string): Promise<OnHost>;
  /** @throws CaoError conflict when another machine holds the link of this host. */
  claimLink(claim: Claim): Promise<Claimed>;
}

/** Things that are one statement, and such statements at a time. */
const TOGETHER = { most: 32, atOnce: 1 };
const LOOKS = { ...TOGETHER, isUndone: () => false };
/** About what a pane is beside its evidence. Units: characters. */
const PANE_SIZE = 200;

export function sharedOn({ db }: Database): Shared {
  const claimAll = async (claims: readonly Claim[]) =>
    claims.length === 1 ? [await claimLink(db, claims[0]!)] : claimLinks(db, claims);
  return {
    nextMail: gather((ids) => nextMails(db, ids), LOOKS),
    findBearer: gather((hashes) => findBearers(db, hashes), LOOKS),
    hostKey: gather((ids) => hostKeys(db, ids), LOOKS),
    lookAtHost: gather((ids) => lookAtHosts(db, ids), LOOKS),
    claimLink: gather<Claim, Claimed>(claimAll, {
      ...TOGETHER,
      sizeOf: ({ hello }) => hello.panes.reduce((size, pane) => size + PANE_SIZE + pane.evidence.length, 0),
      isUndone: (error) => !isOutage(error),
    }),
  };
}
