import type { HostBell } from '@cao/contracts';
import type { NextMail } from '@cao/db';
import type { Deps } from '../deps.ts';
import { answerApproval } from './answer.ts';
import { takeCheckpoint } from './checkpoint.ts';
import { endTerminal } from './close.ts';
import type { Link } from './link.ts';
import { deliverMail } from './mail.ts';
import { reconcile } from './reconcile.ts';
import { startTerminal } from './start.ts';

type Handler = (deps: Deps, link: Link, id: string, mail?: NextMail) => Promise<void>;

/** What each bell of a host does: read the rows, act through the link, commit under its epoch, return. */
export const handlers: Record<HostBell, Handler> = {
  start: (deps, link, id) => link.locks.run(id, () => startTerminal(deps, link, id)),
  // What was found before others were done with the terminal may be true no longer.
  mail: (deps, link, id, mail) => {
    const found = link.locks.isFree(id) ? mail : null;
    return link.locks.run(id, () => deliverMail(deps, link, id, found));
  },
  close: (deps, link, id) => link.locks.run(id, () => endTerminal(deps, link, id)),
  answer: (deps, link, id) => link.locks.run(id, () => answerApproval(deps, link, id)),
  checkpoint: (deps, link, id) => link.locks.run(id, () => takeCheckpoint(deps, link, id)),
  reconcile: (deps, link) => reconcile(deps, link),
};
