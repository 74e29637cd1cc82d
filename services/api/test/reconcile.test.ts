import type { PaneReport, TerminalStatus } from '@cao/contracts';
import {
  claimLink,
  closeTerminal,
  type Database,
  findTerminal,
  inLedger,
  insertHost,
  insertTerminal,
  markLive,
  placeTerminal,
  setStatuses,
} from '@cao/db';
import { makeLocks, makeSlots, silentLogger } from '@cao/runtime';
import { expect, onTestFinished, test, vi } from 'vitest';
import { aDatabase, SESSION } from '../../../test/support/open-database.ts';
import { plainHello, plainTerminal } from '../../../test/support/rows.ts';
import type { Deps } from '../src/deps.ts';
import type { Link } from '../src/link/link.ts';
import { reconcile } from '../src/link/reconcile.ts';
import { goRounds } from '../src/link/rounds.ts';
import { sharedOn } from '../src/shared.ts';

const HOST = 'ab000001';
const REPLICA = '00000000-0000-4000-8000-000000000002';

const paneOf = (terminal: string, status: TerminalStatus): PaneReport => ({
  terminal,
  epoch: 1,
  seq: 0,
  status,
  source: 'screen',
  evidence: 'seen',
  sent: 0,
  dead: false,
  approval: null,
  token_hash: `hash-${terminal}`,
  cwd: '/',
});

/** With one host and no terminal. */
async function aHost(): Promise<Database> {
  const database = await aDatabase();
  await insertHost(database.db, { id: HOST, name: 'host', publicKey: 'key', labels: [], capacity: 5 });
  return database;
}

/**
 * @param reports what the host has when it is asked.
 * @param tell what it told before its hello, applied when somebody waits for that.
 */
async function aLink(database: Database, reports: readonly PaneReport[], tell = async () => {}) {
  const { linkEpoch } = await claimLink(database.db, { hostId: HOST, replica: REPLICA, hello: plainHello });
  const asked: string[] = [];
  const link = {
    hostId: HOST,
    epoch: linkEpoch,
    ended: false,
    locks: makeLocks(),
    get told() {
      return tell();
    },
    command: async ({ do: what }: { do: string }) => {
      asked.push(what);
      if (what !== 'report') throw new Error(`nobody is to ask the host to ${what}`);
      return { panes: reports };
    },
  } as unknown as Link;
  const deps = {
    database,
    log: silentLogger,
    shared: sharedOn(database),
    tellRoom: async () => {},
    rounds: makeSlots(1),
    links: { attend: () => Promise.resolve() },
    queues: { ring: async () => true },
  } as unknown as Deps;
  /** What it said as it dialled, gone through only now. */
  const goThrough = (panes: readonly PaneReport[]) =>
    reconcile(deps, link, { snapshot: { panes, rebooted: false } });
  return { goThrough, asked, deps, link };
}

async function aLiveOne(database: Database, id: string): Promise<string> {
  await inLedger(database, async (ledger) => {
    const row = await insertTerminal(ledger, { ...plainTerminal, id, sessionName: SESSION });
    await placeTerminal(ledger, row, { hostId: HOST, provider: 'scripted' });
    await markLive(ledger, { id, epoch: 1, tokenHash: `hash-${id}`, cwd: '/' });
  });
  await tell(database, id, 'idle');
  return id;
}

const tell = (database: Database, id: string, status: TerminalStatus) =>
  setStatuses(database.db, [{ id, epoch: 1, status, source: 'hook', evidence: 'told' }]);

test('a terminal that was born since the hello is not missing, and one that the host does not have is', async () => {
  const database = await aHost();
  const gone = await aLiveOne(database, 'c0000001');
  const reports: PaneReport[] = [];
  const { goThrough } = await aLink(database, reports);
  const born = await aLiveOne(database, 'c0000002');
  reports.push(paneOf(born, 'idle'));
  await goThrough([]);
  expect(await findTerminal(database.db, born)).toMatchObject({ lifecycle: 'live', reason: null });
  expect(await findTerminal(database.db, gone)).toMatchObject({
    lifecycle: 'closed',
    reason: 'its pane is gone',
  });
});

test('a status that was told since the hello is newer than it, and one from before is not', async () => {
  const database = await aHost();
  const [before, since] = [await aLiveOne(database, 'c0000001'), await aLiveOne(database, 'c0000002')];
  const { goThrough } = await aLink(database, []);
  await tell(database, since, 'processing');
  await goThrough([paneOf(before, 'completed'), paneOf(since, 'completed')]);
  expect(await findTerminal(database.db, before)).toMatchObject({ status: 'completed' });
  expect(await findTerminal(database.db, since)).toMatchObject({ status: 'processing' });
});

test('a terminal that has ended before its start was confirmed is not started once more under the same epoch', async () => {
  const database = await aHost();
  const row = await inLedger(database, async (ledger) => {
    const placing = await insertTerminal(ledger, { ...plainTerminal, id: 'c0000001', sessionName: SESSION });
    await placeTerminal(ledger, placing, { hostId: HOST, provider: 'scripted' });
    return placing;
  });
  const { goThrough, asked } = await aLink(database, [], async () => {
    await inLedger(database, (ledger) => closeTerminal(ledger, row.value, 'its CLI has ended'));
  });
  await goThrough([]);
  expect(asked).toEqual([]);
  expect(await findTerminal(database.db, row.value.id)).toMatchObject({ reason: 'its CLI has ended' });
});

test('a linked host is asked what it has within 30 s, and again and again until its link ends', async () => {
  const database = await aHost();
  const id = await aLiveOne(database, 'c0000001');
  const { asked, deps, link } = await aLink(database, [paneOf(id, 'completed')]);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const end = goRounds(deps, link);
  vi.advanceTimersByTime(14_999);
  expect(asked).toEqual([]);
  for (const rounds of [1, 2]) {
    vi.advanceTimersByTime(30_000);
    await expect.poll(() => asked).toHaveLength(rounds);
    await expect.poll(() => vi.getTimerCount()).toBe(1);
  }
  expect(await findTerminal(database.db, id)).toMatchObject({ status: 'completed' });
  end();
  expect(vi.getTimerCount()).toBe(0);
});
