import type { Checkpoint } from '@cao/contracts';
import { expect, test } from 'vitest';
import { sql } from '../src/drizzle.ts';
import {
  checkpointPart,
  type Database,
  dropConversation,
  dropOldCheckpointParts,
  findTerminal,
  goOnWithoutConversation,
  isMoveOverdue,
  keepCheckpointPart,
  markLive,
  movesFrom,
  placeAnew,
  setCheckpoint,
  type TerminalRow,
} from '../src/index.ts';
import { aHost, aTerminal, commit, HOST, openDatabase } from './setup.ts';

const NEXT = 'ab000002';
const NATIVE = '00000000-0000-4000-8000-000000000000';
const comes: Checkpoint = {
  bytes: 9,
  sha256: 'ab',
  conversation: true,
  work: 'saved',
  marks: ['m'],
  note: 'it comes',
};
const stays: Checkpoint = {
  bytes: 0,
  sha256: '',
  conversation: false,
  work: 'stays',
  marks: [],
  note: 'it stays',
};

type Moving = TerminalRow & { move: NonNullable<TerminalRow['move']> };
const rowOf = async (database: Database, id: string) => (await findTerminal(database.db, id)) as Moving;

/** A terminal that has left its host. */
async function onTheWay(database: Database): Promise<Moving> {
  await aHost(database);
  await aHost(database, NEXT);
  const { id } = await aTerminal(database);
  await commit(database, (ledger) =>
    markLive(ledger, { id, epoch: 1, tokenHash: `hash-${id}`, cwd: '/work' }),
  );
  const row = await rowOf(database, id);
  await commit(database, (ledger) =>
    placeAnew(ledger, row, { reason: 'drained', takesFrom: { id: HOST, name: 'host-1' } }),
  );
  return rowOf(database, id);
}

test('what its old host has told is what it goes on with, and what is told later changes nothing', async () => {
  await using database = await openDatabase();
  const row = await onTheWay(database);
  expect(row).toMatchObject({ epoch: 2, hostId: null, cwd: null, nativeSessionId: NATIVE, resumes: null });
  expect(row.move).toEqual({
    host: HOST,
    hostName: 'host-1',
    epoch: 1,
    provider: 'scripted',
    cwd: '/work',
    checkpoint: null,
  });
  expect(await movesFrom(database.db, [HOST, NEXT])).toEqual([{ id: row.id, from: HOST }]);
  expect(await movesFrom(database.db, [NEXT])).toEqual([]);
  await commit(database, (ledger) => setCheckpoint(ledger, row, comes));
  await commit(database, (ledger) => setCheckpoint(ledger, row, stays));
  expect(await rowOf(database, row.id)).toMatchObject({
    nativeSessionId: NATIVE,
    resumes: row.id,
    move: { checkpoint: comes },
  });
  expect(await movesFrom(database.db, [HOST])).toEqual([]);
  await commit(database, (ledger) =>
    markLive(ledger, { id: row.id, epoch: 2, tokenHash: 'next', cwd: '/there', note: comes.note }),
  );
  expect(await rowOf(database, row.id)).toMatchObject({ lifecycle: 'live', move: null });
});

test('a conversation that stays, or that another CLI could not read, is another one from now on', async () => {
  await using database = await openDatabase();
  const row = await onTheWay(database);
  await commit(database, (ledger) => setCheckpoint(ledger, row, stays));
  const left = await rowOf(database, row.id);
  expect(left.resumes).toBeNull();
  expect(left.nativeSessionId).not.toBe(NATIVE);

  const { id } = await aTerminal(database);
  const live = await rowOf(database, id);
  await commit(database, (ledger) => markLive(ledger, { id, epoch: 1, tokenHash: 'x', cwd: '/work' }));
  await commit(database, async (ledger) =>
    placeAnew(
      ledger,
      { ...live, lifecycle: 'live', cwd: '/work' },
      { reason: 'x', takesFrom: { id: HOST, name: 'h' } },
    ),
  );
  await commit(database, async (ledger) => setCheckpoint(ledger, await rowOf(database, id), comes));
  const other = { ...(await rowOf(database, id)), provider: 'codex' };
  await commit(database, ({ tx }) => dropConversation(tx, other, 'codex takes over'));
  const dropped = await rowOf(database, id);
  expect(dropped).toMatchObject({ resumes: null, move: { provider: 'codex', checkpoint: { bytes: 9 } } });
  expect(dropped.move.checkpoint!.note).toBe('it comes; it cannot go on: codex takes over');
});

test('a CLI that ends before it could go on with its conversation begins anew, once', async () => {
  await using database = await openDatabase();
  const row = await onTheWay(database);
  await commit(database, (ledger) => setCheckpoint(ledger, row, comes));
  const ends = async () => {
    const now = await rowOf(database, row.id);
    return commit(database, (ledger) => goOnWithoutConversation(ledger, now, null));
  };
  // Before it was told that it lives, and behind that.
  for (const lives of [false, true]) {
    const now = await rowOf(database, row.id);
    if (lives) {
      await database.db.execute(sql`update terminals set resumes = id`);
      await commit(database, (ledger) =>
        markLive(ledger, { id: row.id, epoch: now.epoch, tokenHash: 'again', cwd: '/there' }),
      );
    }
    expect(await ends()).toBe(true);
    expect(await rowOf(database, row.id)).toMatchObject({
      epoch: now.epoch + 1,
      lifecycle: 'placing',
      resumes: null,
      move: null,
      movedBecause: 'scripted could not go on with its conversation',
    });
    expect(await ends()).toBe(false);
  }
  await database.db.execute(sql`update terminals set resumes = id, status = 'idle'`);
  expect(await ends()).toBe(false);
});

test('one that is sent on before it ran takes the same along; an old host is not waited for for ever', async () => {
  await using database = await openDatabase();
  const row = await onTheWay(database);
  await commit(database, (ledger) => setCheckpoint(ledger, row, comes));
  await commit(database, async (ledger) =>
    placeAnew(ledger, await rowOf(database, row.id), { reason: 'drained too' }),
  );
  expect(await rowOf(database, row.id)).toMatchObject({
    epoch: 3,
    resumes: row.id,
    move: { epoch: 1, checkpoint: comes },
  });
  expect(await isMoveOverdue(database.db, row.id)).toBe(false);
  await database.db.execute(sql`update terminals set status_at = now() - interval '61 seconds'`);
  expect(await isMoveOverdue(database.db, row.id)).toBe(true);
});

test('parts are kept once each, and go when nobody comes for them', async () => {
  await using database = await openDatabase();
  const { db } = database;
  for (const data of ['b2xk', 'bmV3']) await keepCheckpointPart(db, { terminalId: 'c1', from: 0, data });
  expect(await checkpointPart(db, 'c1', 0)).toBe('bmV3');
  expect(await checkpointPart(db, 'c1', 1)).toBeNull();
  await dropOldCheckpointParts(db);
  expect(await checkpointPart(db, 'c1', 0)).toBe('bmV3');
  await db.execute(sql`update checkpoint_parts set created_at = now() - interval '61 minutes'`);
  await dropOldCheckpointParts(db);
  expect(await checkpointPart(db, 'c1', 0)).toBeNull();
});
