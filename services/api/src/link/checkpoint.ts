import { CaoError, CHECKPOINT, type Checkpoint } from '@cao/contracts';
import {
  checkpointPart,
  fenceLink,
  findTerminal,
  isMoveOverdue,
  keepCheckpointPart,
  setCheckpoint,
  type TerminalRow,
} from '@cao/db';
import { failpoint } from '@cao/runtime';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';
import { DEADLINE_MS } from './deadlines.ts';
import type { Link } from './link.ts';

type Moving = TerminalRow & { move: NonNullable<TerminalRow['move']> };
const isMoving = (row: TerminalRow | null): row is Moving =>
  row?.lifecycle === 'placing' && row.move !== null;

const nothing = (note: string): Checkpoint => ({
  bytes: 0,
  sha256: '',
  conversation: false,
  work: 'stays',
  marks: [],
  note: note.slice(0, 2000),
});

/**
 * Bell `checkpoint`: a terminal left this host, which packs what it takes along. That lies in Postgres until the terminal
 * runs again: neither host needs the other. Idempotent.
 */
export async function takeCheckpoint(deps: Deps, link: Link, id: string): Promise<void> {
  const { db } = deps.database;
  const row = await findTerminal(db, id);
  if (!isMoving(row) || row.move.checkpoint || row.move.host !== link.hostId) return;
  const checkpoint = await packed(deps, link, row).catch((error) => {
    // The link or the database went: somebody comes back to it, or its time is over.
    if (!(error instanceof CaoError) || error.details.from !== 'host') throw error;
    return nothing(`nothing came along from host ${row.move.hostName}: ${error.message}`);
  });
  await failpoint('api.checkpoint.before-commit');
  await commit(deps, async (ledger) => {
    await fenceLink(ledger.tx, link.hostId, link.epoch);
    await setCheckpoint(ledger, row, checkpoint);
  });
}

async function packed(deps: Deps, link: Link, { id, nativeSessionId, move }: Moving): Promise<Checkpoint> {
  const pane = { terminal: id, epoch: move.epoch };
  const { provider, cwd } = move;
  const checkpoint = await link.command(
    { do: 'checkpoint', ...pane, provider, cwd, native_session_id: nativeSessionId },
    DEADLINE_MS.checkpoint,
  );
  for (let from = 0; from < checkpoint.bytes; from += CHECKPOINT.part) {
    const { data } = await link.command({ do: 'read_checkpoint', ...pane, from }, DEADLINE_MS.checkpointPart);
    await keepCheckpointPart(deps.database.db, { terminalId: id, from, data });
  }
  return checkpoint;
}

/** Whether it is not known yet what a terminal takes along. One whose old host does not tell in time goes without. */
export async function waitsForCheckpoint(deps: Deps, link: Link, row: TerminalRow): Promise<boolean> {
  if (!isMoving(row) || row.move.checkpoint) return false;
  if (!(await isMoveOverdue(deps.database.db, row.id))) return true;
  const note = `nothing came along from host ${row.move.hostName}: it did not answer in time`;
  await commit(deps, async (ledger) => {
    await fenceLink(ledger.tx, link.hostId, link.epoch);
    await setCheckpoint(ledger, row, nothing(note));
  });
  // Rung again by that.
  return true;
}

/** Writes what it takes along to the host that starts it. */
export async function bringCheckpoint(
  deps: Deps,
  link: Link,
  row: TerminalRow,
  { bytes }: Checkpoint,
): Promise<void> {
  const pane = { terminal: row.id, epoch: row.epoch };
  for (let from = 0; from < bytes; from += CHECKPOINT.part) {
    const data = await checkpointPart(deps.database.db, row.id, from);
    if (data === null)
      throw new CaoError('internal', `byte ${from} of what terminal ${row.id} takes along is not kept`);
    await link.command({ do: 'write_checkpoint', ...pane, from, data }, DEADLINE_MS.checkpointPart);
  }
}
