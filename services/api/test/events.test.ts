import type { AgentEvent } from '@cao/contracts';
import {
  claimLink,
  type Database,
  enqueue,
  eventsAfter,
  findTask,
  findTerminal,
  inbox,
  inLedger,
  insertHost,
  insertTask,
  insertTerminal,
  type Ledger,
  lockTerminal,
  markLive,
  placeTerminal,
  type TerminalRow,
} from '@cao/db';
import { makeSlots, silentLogger } from '@cao/runtime';
import { expect, test } from 'vitest';
import { aDatabase, SESSION } from '../../../test/support/open-database.ts';
import { plainHello, plainTask, plainTerminal } from '../../../test/support/rows.ts';
import type { Deps } from '../src/deps.ts';
import { eventApplier, type Spooled } from '../src/link/events.ts';
import type { Link } from '../src/link/link.ts';

const REPLICA = '00000000-0000-4000-8000-000000000002';

const commit = async <T>(database: Database, work: (ledger: Ledger) => Promise<T>): Promise<T> =>
  (await inLedger(database, work)).value;

/** A live terminal that has a message. @param requester whose task that is */
const aTerminal = (
  database: Database,
  hostId: string,
  id: string,
  requester?: string,
): Promise<TerminalRow> =>
  commit(database, async (ledger) => {
    const row = await insertTerminal(ledger, { ...plainTerminal, id, sessionName: SESSION });
    await placeTerminal(ledger, row, { hostId, provider: 'scripted' });
    await markLive(ledger, { id, epoch: 1, tokenHash: `hash-${id}`, cwd: '/' });
    const task = { ...plainTask, sessionName: SESSION, workerId: id };
    const taskId = requester ? task.id : null;
    if (requester) await insertTask(ledger.tx, { ...task, requesterId: requester });
    await enqueue(ledger, { terminalId: id, kind: 'user', sender: 'user', text: 'work', taskId });
    return row;
  });

/** A linked host with one terminal. */
async function aHost(database: Database, n: number): Promise<{ link: Link; terminal: TerminalRow }> {
  const hostId = `ab00000${n}`;
  await insertHost(database.db, { id: hostId, name: hostId, publicKey: hostId, labels: [], capacity: 5 });
  const { linkEpoch } = await claimLink(database.db, { hostId, replica: REPLICA, hello: plainHello });
  const link = { hostId, epoch: linkEpoch, taken: new Map() } as unknown as Link;
  return { link, terminal: await aTerminal(database, hostId, `c000000${n}`) };
}

const applierOn = (database: Database) =>
  eventApplier({
    database,
    log: silentLogger,
    catchUps: makeSlots(1),
    proofs: { settled: () => {} },
    links: { attend: () => Promise.resolve() },
  } as unknown as Deps);

/** Whose turns ended, as often as it was told. */
const endsOf = async (database: Database) =>
  (await eventsAfter(database.db, { after: 0, limit: 1000 }))
    .filter(({ kind }) => kind === 'terminal.turn_ended')
    .map((event) => event.terminal_id)
    .sort();

async function expectAnswered(database: Database, { id }: TerminalRow): Promise<void> {
  expect(await findTerminal(database.db, id)).toMatchObject({ status: 'completed', lastAnswer: `of ${id}` });
  const message = (await inbox(database.db, id, 9)).at(-1);
  expect(message).toMatchObject({ seq: 1, state: 'accepted', endedAt: expect.any(Date) });
}

/** What a host tells of the turn of a message. */
const aTurn = ({ id: terminal }: TerminalRow, from = 1): [Spooled, ...Spooled[]] => {
  const of = { terminal, epoch: 1 };
  const events: AgentEvent[] = [
    { kind: 'accepted', ...of, seq: 1, now: { status: 'processing', source: 'hook', evidence: 'seen' } },
    { kind: 'ready', ...of },
    {
      kind: 'turn_ended',
      ...of,
      answer: `of ${terminal}`,
      error: null,
      failure: null,
      background: false,
      now: { status: 'completed', source: 'hook', evidence: 'Stop' },
    },
  ];
  return events.map((event, n) => ({ n: from + n, event, old: false })) as [Spooled, ...Spooled[]];
};

test('what many hosts tell at once is applied for each, and who is refused or waits holds up nobody', async () => {
  const database = await aDatabase();
  const hosts = await Promise.all(Array.from({ length: 9 }, (_, n) => aHost(database, n)));
  const apply = applierOn(database);
  const [old, gap, locked, ...plain] = hosts.reverse();
  const tell = (told: { link: Link; terminal: TerminalRow }, from = 1) =>
    apply({ link: told.link, events: aTurn(told.terminal, from) });
  const outcomes: Record<string, string> = {};
  const asked = (name: string, told: Promise<number>) =>
    told.then(
      () => (outcomes[name] = 'applied'),
      (error) => (outcomes[name] = error.message),
    );
  const free = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const decision = inLedger(database, async ({ tx }) => {
    await lockTerminal(tx, locked!.terminal.id);
    held.resolve();
    await free.promise;
  });
  await held.promise;
  const waits = asked('locked', tell(locked!));
  await Promise.all([
    ...plain.map((told, n) => asked(`plain ${n}`, tell(told))),
    asked('old', tell({ ...old!, link: { ...old!.link, epoch: old!.link.epoch - 1 } })),
    asked('gap', tell(gap!, 2)),
    ...plain.map((told, n) => asked(`again ${n}`, tell(told))),
  ]);
  expect(outcomes).toEqual({
    ...Object.fromEntries(
      plain.flatMap((_, n) => [`plain ${n}`, `again ${n}`].map((name) => [name, 'applied'])),
    ),
    old: expect.stringContaining('superseded'),
    gap: expect.stringContaining('a gap'),
  });
  free.resolve();
  await Promise.all([decision, waits]);
  expect(outcomes.locked).toBe('applied');
  for (const { terminal } of [locked!, ...plain]) await expectAnswered(database, terminal);
  expect(await endsOf(database), 'each once, though it was told twice').toEqual(
    [locked!, ...plain].map(({ terminal }) => terminal.id).sort(),
  );
  for (const { terminal } of [old!, gap!])
    expect((await inbox(database.db, terminal.id, 1))[0]).toMatchObject({ state: 'queued' });
});

test.each([
  ['together', false],
  ['one after the other where one of them works for another', true],
])('what a host tells of several terminals at once is applied %s', async (_, works) => {
  const database = await aDatabase();
  const { link, terminal: first } = await aHost(database, 0);
  const terminals = [
    first,
    await aTerminal(database, link.hostId, 'c0000001', works ? first.id : undefined),
    await aTerminal(database, link.hostId, 'c0000002'),
  ];
  const turns = terminals.map((terminal) => aTurn(terminal));
  const events = [0, 1, 2].flatMap((nth) => turns.map((turn) => turn[nth]!));
  const apply = applierOn(database);
  const tell = async () => {
    let left = events.map((told, n) => ({ ...told, n: n + 1 }));
    while (left.length > 0) {
      const n = await apply({ link, events: left as [Spooled, ...Spooled[]] });
      left = left.filter((told) => told.n > n);
    }
  };
  await tell();
  for (const terminal of terminals) await expectAnswered(database, terminal);
  expect((await findTask(database.db, plainTask.id))?.state).toBe(works ? 'completed' : undefined);
  await tell();
  expect(await endsOf(database), 'each once, though it was told twice').toEqual(
    terminals.map(({ id }) => id),
  );
});

test('what a host tells is applied up to a terminal that somebody decides about, and waits for none behind it', async () => {
  const database = await aDatabase();
  const { link, terminal: free } = await aHost(database, 0);
  const locked = await aTerminal(database, link.hostId, 'c0000001');
  const events = [...aTurn(free), ...aTurn(locked)].map((told, n) => ({ ...told, n: n + 1 }));
  const apply = applierOn(database);
  await inLedger(database, async ({ tx }) => {
    await lockTerminal(tx, locked.id);
    expect(await apply({ link, events: events as [Spooled, ...Spooled[]] })).toBe(3);
  });
  await expectAnswered(database, free);
  expect(await endsOf(database)).toEqual([free.id]);
  expect(await apply({ link, events: events.slice(3) as [Spooled, ...Spooled[]] })).toBe(6);
  await expectAnswered(database, locked);
});
