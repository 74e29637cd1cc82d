import { CaoError } from '@cao/contracts';
import { closeApprovals, commitAnswer, decidedApproval, fenceLink, retractDecision } from '@cao/db';
import { failpoint } from '@cao/runtime';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';
import { DEADLINE_MS } from './deadlines.ts';
import type { Link } from './link.ts';
import { ownTerminal } from './own-terminal.ts';

/**
 * Bell `answer`: somebody decided what a CLI asks for, and its host is to tell it. Idempotent: the host knows what it has
 * answered, so a crash between its answer and the commit ends in the same row.
 */
export async function answerApproval(deps: Deps, link: Link, id: string): Promise<void> {
  const row = await ownTerminal(deps, link, id);
  const approval = row && (await decidedApproval(deps.database.db, row));
  if (!row || !approval) return;
  const { decision } = approval;
  await failpoint('api.answer.before-frame');
  const told = await link
    .command(
      { do: 'answer', terminal: row.id, epoch: row.epoch, approval: approval.id, decision },
      DEADLINE_MS.answer,
    )
    .catch((error: unknown) => {
      if (!(error instanceof CaoError) || error.details.from !== 'host' || error.code === 'unavailable')
        throw error;
      if (error.code === 'gone') return { outcome: 'gone' } as const;
      // The host says that this prompt cannot be answered from here: an answer, not an outage.
      return { reason: error.message };
    });
  await failpoint('api.answer.after-frame');
  await commit(deps, async ({ tx }) => {
    await fenceLink(tx, link.hostId, link.epoch);
    if ('reason' in told) await retractDecision(tx, row, approval.id, told.reason);
    else if (told.outcome === 'answered') await commitAnswer(tx, row, approval.id, decision);
    else await closeApprovals(tx, row, 'gone', { id: approval.id });
  });
}
