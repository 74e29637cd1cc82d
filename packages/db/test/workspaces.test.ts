import { expect, test } from 'vitest';
import { eq, sql } from '../src/drizzle.ts';
import {
  closeTerminal,
  type Database,
  findHost,
  findTerminal,
  keepPlace,
  markLive,
  retryStalledStarts,
  type TerminalRow,
  terminalViews,
  workspaceReady,
} from '../src/index.ts';
import { terminals } from '../src/schema/index.ts';
import { aHost, aTerminal, commit, HOST, openDatabase } from './setup.ts';

const REPO = 'https://Git.example.com/team/app.git';

async function withWorkspace(database: Database): Promise<TerminalRow> {
  const row = await aTerminal(database);
  const workspace = {
    repo: REPO,
    ref: null,
    from: null,
    branch: `cao/${row.sessionName}/${row.id}`,
    on_close: 'push' as const,
    outcome: null,
  };
  await database.db.update(terminals).set({ workspace }).where(eq(terminals.id, row.id));
  return (await findTerminal(database.db, row.id))!;
}

/** Its host was chosen so long ago. Units: seconds. */
const placedAgo = (database: Database, { id }: TerminalRow, seconds: number) =>
  database.db
    .update(terminals)
    .set({ placedAt: sql`now() - make_interval(secs => ${seconds})` })
    .where(eq(terminals.id, id));

test('a start whose host is at a long clone keeps its place; one that says nothing loses it', async () => {
  await using database = await openDatabase();
  await aHost(database);
  const clones = await withWorkspace(database);
  const hangs = await withWorkspace(database);
  for (const row of [clones, hangs]) await placedAgo(database, row, 120);
  await commit(database, ({ tx }) => keepPlace(tx, clones, 'cloning app: receiving objects, 45 %'));
  await commit(database, (ledger) => retryStalledStarts(ledger, 90));
  expect(await findTerminal(database.db, clones.id)).toMatchObject({
    hostId: HOST,
    epoch: 1,
    reason: 'cloning app: receiving objects, 45 %',
  });
  expect(await findTerminal(database.db, hangs.id)).toMatchObject({ hostId: null, epoch: 2 });
});

test('what a host tells of a start that is over changes nothing', async () => {
  await using database = await openDatabase();
  await aHost(database);
  const row = await withWorkspace(database);
  await commit(database, (ledger) =>
    markLive(ledger, { id: row.id, epoch: row.epoch, tokenHash: 'x', cwd: '/w' }),
  );
  await commit(database, ({ tx }) => keepPlace(tx, row, 'cloning'));
  expect(await findTerminal(database.db, row.id)).toMatchObject({ lifecycle: 'live', reason: null });
});

test('a worktree that is ready makes its host warm, once and by the normal name of its repository', async () => {
  await using database = await openDatabase();
  await aHost(database);
  const row = await withWorkspace(database);
  for (let n = 0; n < 2; n++) await commit(database, (ledger) => workspaceReady(ledger, row, 'ready'));
  expect((await findHost(database.db, HOST))?.warm).toEqual(['https://git.example.com/team/app']);
});

test('the end of a terminal says what became of its workspace, and says nothing where there was none', async () => {
  await using database = await openDatabase();
  await aHost(database);
  const [row, plain] = [await withWorkspace(database), await aTerminal(database)];
  const outcome = { did: 'pushed', note: '1 commit pushed' } as const;
  await commit(database, async (ledger) => {
    await closeTerminal(ledger, row, 'over', outcome);
    await closeTerminal(ledger, plain, 'over');
  });
  const [ended] = await terminalViews(database.db, { id: row.id });
  expect(ended?.workspace).toEqual({
    repo: REPO,
    ref: null,
    branch: row.workspace?.branch,
    on_close: 'push',
    outcome,
  });
  expect((await findTerminal(database.db, plain.id))?.workspace).toBeNull();
});
