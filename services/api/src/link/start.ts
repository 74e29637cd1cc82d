import { CaoError } from '@cao/contracts';
import {
  closeTerminal,
  dropCheckpointParts,
  dropConversation,
  fenceLink,
  findHost,
  findTerminal,
  keepPlace,
  markLive,
  placeElsewhere,
  restarts,
  type TerminalRow,
} from '@cao/db';
import { failpoint } from '@cao/runtime';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';
import { parseProfile } from '../profiles/parse.ts';
import { bringCheckpoint, waitsForCheckpoint } from './checkpoint.ts';
import { endTerminal } from './close.ts';
import { DEADLINE_MS } from './deadlines.ts';
import type { Link } from './link.ts';
import { ownTerminal } from './own-terminal.ts';

/**
 * Bell `start`: the CLI is to run in a pane of this host. Idempotent: a window of that name and epoch is adopted. A host that
 * has to make its worktree first says so at once, and an event of it rings again.
 */
export async function startTerminal(deps: Deps, link: Link, id: string): Promise<void> {
  // A start whose answer was lost, of a terminal that has ended since: its row would have it started again under the same epoch.
  await link.told;
  const row = await ownTerminal(deps, link, id);
  if (row?.lifecycle !== 'placing') return;
  if (row.closing) return endTerminal(deps, link, id);
  const waits = (note: string) =>
    commit(deps, async ({ tx }) => {
      await fenceLink(tx, link.hostId, link.epoch);
      await keepPlace(tx, row, note);
    });
  if (row.move && (await waitsForCheckpoint(deps, link, row)))
    return waits(`host ${row.move.hostName} packs what it takes along`);
  const withoutConversation = async (why: string) => {
    await commit(deps, async ({ tx }) => {
      await fenceLink(tx, link.hostId, link.epoch);
      await dropConversation(tx, { ...row, move: row.move! }, why);
    });
    return startTerminal(deps, link, id);
  };
  if (row.move && row.resumes !== null && row.move.provider !== row.provider)
    return withoutConversation(`${row.provider} takes over from ${row.move.provider}`);
  await failpoint('api.start.before-frame');
  try {
    const born = await start(deps, link, row);
    if ('preparing' in born) return await waits(born.preparing);
    if ('unresumable' in born) return await withoutConversation(born.unresumable);
    const { token_hash: tokenHash, cwd, only_asked: onlyAsked } = born;
    await failpoint('api.start.after-frame');
    const wanted = await commit(deps, async (ledger) => {
      await fenceLink(ledger.tx, link.hostId, link.epoch);
      const isWanted = await markLive(ledger, {
        id: row.id,
        epoch: row.epoch,
        tokenHash,
        cwd,
        onlyAsked,
        note: row.move?.checkpoint?.note,
      });
      if (row.move) await dropCheckpointParts(ledger.tx, row.id);
      return isWanted;
    });
    await failpoint('api.start.after-commit');
    if (!wanted)
      await link.command(
        { do: 'close', terminal: row.id, epoch: row.epoch, reason: 'superseded' },
        DEADLINE_MS.close,
      );
  } catch (error) {
    if (!(error instanceof CaoError) || error.details.from !== 'host') throw error;
    if (error.code === 'unavailable' && (await hasDiskTrouble(deps, link))) {
      const reason = `could not start: ${error.message}`;
      return await commit(deps, async (ledger) => {
        await fenceLink(ledger.tx, link.hostId, link.epoch);
        await placeElsewhere(ledger, row, reason);
      });
    }
    if (error.code === 'unavailable') throw error;
    // The host says that it cannot be started there: an answer, not an outage.
    await commit(deps, async (ledger) => {
      await fenceLink(ledger.tx, link.hostId, link.epoch);
      await closeTerminal(ledger, row, `could not start: ${error.message}`);
    });
  }
}

/** Has the host start it, and brings what it takes along if that is not there yet. */
async function start(deps: Deps, link: Link, row: TerminalRow) {
  const checkpoint = row.move?.checkpoint ?? null;
  const order = {
    do: 'start',
    terminal: row.id,
    epoch: row.epoch,
    session: row.sessionName,
    provider: row.provider,
    profile: profileOf(row),
    tools: row.allowedTools,
    yolo: row.yolo,
    cwd: row.cwd ?? (await directoryOfCaller(deps, link, row)),
    native_session_id: row.nativeSessionId,
    resume: row.resumes !== null,
    leased: await restarts(deps.database.db, row.sessionName),
    workspace: row.workspace,
    checkpoint: checkpoint && { ...checkpoint, cwd: row.move?.cwd ?? null },
  } as const;
  const born = await link.command(order, DEADLINE_MS.start);
  if (!('missing' in born)) return born;
  if (checkpoint) await bringCheckpoint(deps, link, row, checkpoint);
  const again = await link.command(order, DEADLINE_MS.start);
  if (!('missing' in again)) return again;
  throw new CaoError('unavailable', `what terminal ${row.id} takes along did not arrive whole`);
}

/** By its row, as placement sees it: what is placed anew before the host has told would come here again. */
const hasDiskTrouble = async (deps: Deps, link: Link): Promise<boolean> =>
  Boolean((await findHost(deps.database.db, link.hostId))?.health?.disk);

/** An agent that goes on in another pane is told so: what it sees of its earlier work may be nothing. */
function profileOf(row: TerminalRow) {
  const profile = parseProfile(row.profileContent);
  if (row.movedBecause === null) return profile;
  const about =
    row.resumes === null
      ? `[CAO: you were started anew because ${row.movedBecause}. What was said before is not known to you; unanswered messages come again.]`
      : `[CAO: you were started anew because ${row.movedBecause}. Your conversation goes on; unanswered messages come again.]`;
  return { ...profile, systemPrompt: `${profile.systemPrompt}\n\n${about}`.trim() };
}

/** A worker on the same host starts where its requester works; on another one that path means nothing. */
async function directoryOfCaller(deps: Deps, link: Link, row: TerminalRow): Promise<string | null> {
  const caller = row.callerId ? await findTerminal(deps.database.db, row.callerId) : null;
  return caller?.hostId === link.hostId ? caller.cwd : null;
}
