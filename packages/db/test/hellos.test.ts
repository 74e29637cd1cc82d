import type { PaneReport } from '@cao/contracts';
import { ALONE } from '@cao/runtime';
import { expect, test } from 'vitest';
import { plainHello } from '../../../test/support/rows.ts';
import {
  type Claim,
  claimLink,
  claimLinks,
  commitPasted,
  type Database,
  enqueue,
  eventsAfter,
  fenceLink,
  findTerminal,
  type Hello,
  hostKeys,
  lockTerminal,
  lookAtHosts,
  markLive,
  type TerminalRow,
} from '../src/index.ts';
import { aHost, aTerminal, commit, HOST, openDatabase } from './setup.ts';

const REPLICA = '00000000-0000-4000-8000-000000000002';
const OTHERS = ['ab000002', 'ab000003', 'ab000004'] as const;

const claimOf = (hostId: string, hello: Partial<Hello> = {}): Claim => ({
  hostId,
  replica: REPLICA,
  hello: { ...plainHello, ...hello },
});

async function aLiveOne(database: Database): Promise<TerminalRow> {
  const row = await aTerminal(database);
  await commit(database, (ledger) =>
    markLive(ledger, { id: row.id, epoch: 1, tokenHash: `hash-${row.id}`, cwd: '/' }),
  );
  return row;
}

const paneOf = ({ id }: TerminalRow, more: Partial<PaneReport> = {}): Hello['panes'][number] => ({
  terminal: id,
  epoch: 1,
  seq: 0,
  status: 'processing',
  source: 'screen',
  evidence: 'seen',
  ...more,
});

const statusOf = async (database: Database, { id }: TerminalRow) =>
  (await findTerminal(database.db, id))?.status;

/** Kinds of events since then, and whose they are. */
async function toldSince(database: Database, after: number) {
  const events = await eventsAfter(database.db, { after, limit: 100 });
  return events.map((event) => [event.kind, event.terminal_id ?? event.host_id]);
}

const eventsSoFar = async (database: Database) =>
  (await eventsAfter(database.db, { after: 0, limit: 100 })).at(-1)!.id;

test('a hello brings rows up to what its panes are, but for those about which there is more to do', async () => {
  await using database = await openDatabase();
  await aHost(database);
  await aHost(database, OTHERS[0]);
  const [plain, same, older, ahead, locked] = [
    await aLiveOne(database),
    await aLiveOne(database),
    await aLiveOne(database),
    await aLiveOne(database),
    await aLiveOne(database),
  ];
  const placing = await aTerminal(database);
  const foreign = await aTerminal(database, { host: OTHERS[0] });
  const before = await statusOf(database, plain);
  const panes = [
    paneOf(plain),
    paneOf(same, { status: before! }),
    paneOf(older, { epoch: 2 }),
    paneOf(ahead, { seq: 1 }),
    paneOf(locked),
    paneOf(placing),
    paneOf(foreign),
  ];
  const after = await eventsSoFar(database);
  await commit(database, async ({ tx }) => {
    await lockTerminal(tx, locked.id);
    const claimed = await claimLink(database.db, claimOf(HOST, { panes }));
    expect(claimed).toMatchObject({ linkEpoch: 1, acked: 0, rebooted: false });
  });
  expect(await toldSince(database, after)).toEqual([
    ['host.online', HOST],
    ['terminal.status', plain.id],
  ]);
  expect(await findTerminal(database.db, plain.id)).toMatchObject({
    status: 'processing',
    statusSource: 'screen',
    statusEvidence: 'seen',
  });
  const others = [same, older, ahead, locked, placing, foreign].map((row) => statusOf(database, row));
  expect(await Promise.all(others)).toEqual(others.map(() => before));
});

test('a pane whose row knows all that it took is brought up as well', async () => {
  await using database = await openDatabase();
  await aHost(database);
  const { linkEpoch: epoch } = await claimLink(database.db, claimOf(HOST));
  const { id, ...row } = await aLiveOne(database);
  await commit(database, (ledger) =>
    enqueue(ledger, { terminalId: id, kind: 'user', sender: 'user', text: 'm' }),
  );
  const pane = { id, epoch: 1, session: row.sessionName };
  await commitPasted(database.db, { hostId: HOST, epoch }, pane, 1);
  await claimLink(database.db, claimOf(HOST, { panes: [paneOf({ id, ...row }, { seq: 1 })] }));
  expect(await statusOf(database, { id, ...row })).toBe('processing');
});

test('a spool that goes on is not begun anew; another one is, and another run of the machine is told', async () => {
  await using database = await openDatabase();
  await aHost(database);
  const first = await claimLink(database.db, claimOf(HOST));
  await database.db.execute(`update hosts set spool_acked = 7 where id = '${HOST}'`);
  const again = await claimLink(database.db, claimOf(HOST));
  expect(again).toMatchObject({ linkEpoch: first.linkEpoch + 1, acked: 7, rebooted: false });
  const spool = { id: '00000000-0000-4000-8000-000000000009', last: 0 };
  expect(await claimLink(database.db, claimOf(HOST, { spool, machineBoot: 'two' }))).toMatchObject({
    acked: 0,
    rebooted: true,
  });
  await expect(commit(database, ({ tx }) => fenceLink(tx, HOST, again.linkEpoch))).rejects.toMatchObject({
    code: 'conflict',
  });
});

test('a disk that takes no writes is told once, and so is its mending', async () => {
  await using database = await openDatabase();
  await aHost(database);
  await claimLink(database.db, claimOf(HOST));
  const after = await eventsSoFar(database);
  const disk = { condition: 'disk_full', since: '2026-01-02T03:04:05.000Z', events: 1, records: 0 } as const;
  const health = { ...plainHealth, disk };
  for (const now of [health, health, { ...plainHealth, disk: null }])
    await claimLink(database.db, claimOf(HOST, { health: now }));
  const told = await eventsAfter(database.db, { after, limit: 100 });
  expect(told.map(({ kind, data }) => [kind, data.says])).toEqual([
    ['host.online', undefined],
    ['host.disk', expect.stringContaining('since 2026-01-02')],
    ['host.online', undefined],
    ['host.online', undefined],
    ['host.disk', 'its disk takes writes again'],
  ]);
});

const plainHealth = {
  memory_mb: 9,
  memory_free_mb: 9,
  disk_free_mb: 9,
  load: 0,
  cores: 1,
} as const;

test('what is looked up for several hosts at once comes in the order in which it was asked for', async () => {
  await using database = await openDatabase();
  await aHost(database);
  await aHost(database, OTHERS[0]);
  const [first, second, other] = [
    await aLiveOne(database),
    await aTerminal(database),
    await aTerminal(database, { host: OTHERS[0] }),
  ];
  const asked = [OTHERS[0], 'ab000009', HOST, OTHERS[0]];
  expect(await hostKeys(database.db, asked)).toEqual([
    `key-${OTHERS[0]}`,
    null,
    `key-${HOST}`,
    `key-${OTHERS[0]}`,
  ]);
  const found = await lookAtHosts(database.db, asked);
  expect(found.map(({ rows }) => rows.map(({ id }) => id))).toEqual([
    [other.id],
    [],
    [first.id, second.id],
    [other.id],
  ]);
  expect(found[2]!.rows[0]).toEqual({
    id: first.id,
    epoch: 1,
    sessionName: first.sessionName,
    lifecycle: 'live',
    closing: null,
    status: first.status,
    pastedSeq: 0,
    asks: null,
    isDue: false,
  });
});

test('hosts that dial at one moment are linked together; who is locked, unknown, cloned or comes twice is left alone', async () => {
  await using database = await openDatabase();
  const [second, locked, cloned] = OTHERS;
  for (const host of [HOST, ...OTHERS]) await aHost(database, host);
  const row = await aLiveOne(database);
  await database.db.execute(`insert into replicas (id, url) values ('${REPLICA}', 'http://127.0.0.1:1')`);
  await claimLink(database.db, claimOf(cloned));
  const claims = [
    claimOf(second),
    claimOf(locked),
    claimOf('ab000009'),
    claimOf(HOST, { panes: [paneOf(row)] }),
    claimOf(cloned, { instance: 'another' }),
    claimOf(HOST),
  ];
  const after = await eventsSoFar(database);
  const claimed = await commit(database, async ({ tx }) => {
    await tx.execute(`select 1 from hosts where id = '${locked}' for share`);
    return claimLinks(database.db, claims);
  });
  const one = expect.objectContaining({ linkEpoch: 1, acked: 0, rebooted: false });
  expect(claimed).toEqual([one, ALONE, ALONE, one, ALONE, ALONE]);
  expect(await statusOf(database, row)).toBe('processing');
  expect(await toldSince(database, after)).toEqual([
    ['host.online', HOST],
    ['host.online', second],
    ['terminal.status', row.id],
  ]);
  const alone = (nth: number) => claimLink(database.db, claims[nth]!);
  expect(await alone(1)).toMatchObject({ linkEpoch: 1 });
  await expect(alone(2)).rejects.toMatchObject({ code: 'not_found' });
  await expect(alone(4)).rejects.toMatchObject({ code: 'conflict', details: { duplicate: cloned } });
  expect(await alone(5)).toMatchObject({ linkEpoch: 2 });
});
