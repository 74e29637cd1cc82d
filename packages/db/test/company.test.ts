import { ALONE } from '@cao/runtime';
import { describe, expect, test } from 'vitest';
import { plainHello, plainTask } from '../../../test/support/rows.ts';
import { sql } from '../src/drizzle.ts';
import {
  advanceSpools,
  claimLink,
  closeTerminal,
  commitAccepted,
  type Database,
  enqueueAll,
  eventsAfter,
  findTerminal,
  inbox,
  inLedger,
  insertTask,
  isDuplicate,
  lockTerminal,
  nextMails,
  setStatuses,
  setTurnEnds,
  type TerminalRow,
} from '../src/index.ts';
import { aHost, aTerminal, commit, openDatabase } from './setup.ts';

const REPLICA = '00000000-0000-4000-8000-000000000002';

/** Each on a host of its own, with a link of epoch 1. */
const onHosts = (database: Database, count: number): Promise<TerminalRow[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const host = `ab00000${n}`;
      await aHost(database, host);
      await claimLink(database.db, { hostId: host, replica: REPLICA, hello: plainHello });
      return aTerminal(database, { host, session: `cao-test-${n}` });
    }),
  );

const textFor = (terminal: TerminalRow, text: string, idempotencyKey?: string) => ({
  terminalId: terminal.id,
  kind: 'user' as const,
  sender: 'user',
  text,
  idempotencyKey,
});

describe('messages that are stored together', () => {
  test('have their seq in the order in which they came; who is locked or closed is left alone', async () => {
    await using database = await openDatabase();
    const [a, b, locked, closed] = (await onHosts(database, 4)) as [
      TerminalRow,
      TerminalRow,
      TerminalRow,
      TerminalRow,
    ];
    await commit(database, (ledger) => closeTerminal(ledger, closed, 'done'));
    const rung: string[] = [];
    const stored = await commit(database, async ({ tx }) => {
      await lockTerminal(tx, locked.id);
      return commit(database, ({ tx: other }) =>
        enqueueAll({ tx: other, ring: ({ id }) => rung.push(id) }, [
          textFor(a, 'one'),
          textFor(b, 'two'),
          textFor(locked, 'three'),
          textFor(a, 'four'),
          textFor(closed, 'five'),
        ]),
      );
    });
    expect(
      stored.map((row) => (row === ALONE ? 'alone' : `${row.terminalId} ${row.seq} ${row.text}`)),
    ).toEqual([`${a.id} 1 one`, `${b.id} 1 two`, 'alone', `${a.id} 2 four`, 'alone']);
    expect(rung.sort()).toEqual([a.id, a.id, b.id].sort());
    for (const row of stored)
      if (row !== ALONE) expect(await inbox(database.db, row.terminalId, 9)).toContainEqual(row);
    for (const { id } of [locked, closed]) expect(await inbox(database.db, id, 9)).toEqual([]);
    expect((await findTerminal(database.db, a.id))?.lastSeq).toBe(2);
    const told = (await eventsAfter(database.db, { after: 0, limit: 100 })).filter(
      ({ kind }) => kind === 'message.queued',
    );
    expect(
      told.map(({ terminal_id, session_name, data }) => [terminal_id, session_name, data.chars]),
    ).toEqual(
      [
        [a.id, a.sessionName, 3],
        [a.id, a.sessionName, 4],
        [b.id, b.sessionName, 3],
      ].sort(),
    );
  });

  test('say with their bell what nobody has to look up then, of the one that is next', async () => {
    await using database = await openDatabase();
    const [a, b] = (await onHosts(database, 2)) as [TerminalRow, TerminalRow];
    const store = async (...texts: ReturnType<typeof textFor>[]) =>
      (await inLedger(database, (ledger) => enqueueAll(ledger, texts), { statements: 'one' })).bells;
    const bells = await store(textFor(a, 'one'), textFor(b, 'two'), textFor(a, 'three'));
    const found = await nextMails(database.db, [a.id, b.id]);
    expect(found.map((mail) => mail?.message?.text)).toEqual(['one', 'two']);
    const of = ({ id }: TerminalRow) =>
      bells.filter(({ request }) => request.id === id).map(({ mail }) => mail);
    expect(of(a)[0]).toMatchObject(found[0]!);
    expect(of(a)[1], 'it is not the next one').toBeNull();
    expect(of(b)).toMatchObject([found[1]!]);

    const take = (seq: number) =>
      commit(database, ({ tx }) => commitAccepted(tx, [{ id: b.id, session: b.sessionName, seq }]));
    expect((await store(textFor(b, 'while one is open')))[0]!.mail).toBeNull();
    await take(1);
    expect((await store(textFor(b, 'while another is open')))[0]!.mail).toBeNull();
    await take(2);
    await take(3);
    expect((await store(textFor(b, 'when all are taken')))[0]!.mail).toMatchObject(
      (await nextMails(database.db, [b.id]))[0]!,
    );
    await take(4);
    const { bells: several } = await inLedger(database, (ledger) => enqueueAll(ledger, [textFor(b, 'more')]));
    expect(several[0]!.mail, 'what comes behind it in its transaction may change it').toBeNull();
  });

  test('are not stored at all when one of them has a key that is taken', async () => {
    await using database = await openDatabase();
    const [a, b] = (await onHosts(database, 2)) as [TerminalRow, TerminalRow];
    const store = (...messages: ReturnType<typeof textFor>[]) =>
      commit(database, (ledger) => enqueueAll(ledger, messages));
    await store(textFor(a, 'one', 'k'));
    await expect(store(textFor(b, 'two'), textFor(a, 'one', 'k'))).rejects.toSatisfy(isDuplicate);
    expect(await inbox(database.db, b.id, 9)).toEqual([]);
  });

  test('are each found as the next one of their terminal', async () => {
    await using database = await openDatabase();
    const [a, b, empty] = (await onHosts(database, 3)) as [TerminalRow, TerminalRow, TerminalRow];
    await commit(database, (ledger) =>
      enqueueAll(ledger, [textFor(a, 'one'), textFor(b, 'two'), textFor(a, 'three')]),
    );
    const found = await nextMails(database.db, [b.id, 'cffffffe', a.id, empty.id, a.id]);
    expect(found.map((mail) => mail && [mail.row.id, mail.row.hostId, mail.message?.text ?? null])).toEqual([
      [b.id, b.hostId, 'two'],
      null,
      [a.id, a.hostId, 'one'],
      [empty.id, empty.hostId, null],
      [a.id, a.hostId, 'one'],
    ]);
  });
});

describe('spools that are moved together', () => {
  const stepOf = ({ id, hostId }: TerminalRow, more: { linkEpoch?: number; first?: number } = {}) => ({
    hostId: hostId!,
    linkEpoch: 1,
    first: 1,
    last: 2,
    terminals: [{ id, first: more.first ?? 1 }],
    ...more,
  });
  const cursors = async (database: Database) =>
    (
      await database.db.execute<{ acked: number }>('select spool_acked::int as acked from hosts order by id')
    ).rows.map(({ acked }) => acked);

  test('are those of the present link, without a gap, whose terminal nobody decides about', async () => {
    await using database = await openDatabase();
    const all = (await onHosts(database, 5)) as [
      TerminalRow,
      TerminalRow,
      TerminalRow,
      TerminalRow,
      TerminalRow,
    ];
    const [plain, old, gap, locked, unknown] = all;
    const steps = [
      stepOf(plain),
      stepOf(old, { linkEpoch: 0 }),
      stepOf(gap, { first: 2 }),
      stepOf(locked),
      stepOf({ ...unknown, id: 'cffffffe' }),
      stepOf(plain, { first: 3 }),
      stepOf(plain),
    ];
    const advanced = await commit(database, async ({ tx }) => {
      await lockTerminal(tx, locked.id);
      return commit(database, (other) => advanceSpools(other.tx, steps));
    });
    const { id, hostId, sessionName, provider } = plain;
    const owner = { id, hostId, epoch: 1, lifecycle: 'placing', closing: null, sessionName, provider };
    expect(advanced).toEqual([{ last: 2, owners: [owner] }, ALONE, ALONE, ALONE, ALONE, ALONE, ALONE]);
    expect(await cursors(database)).toEqual([2, 0, 0, 0, 0]);
  });

  test("are about several terminals of a host, up to the first event of one that is somebody else's", async () => {
    await using database = await openDatabase();
    const [a, other] = (await onHosts(database, 2)) as [TerminalRow, TerminalRow];
    const at = (session: string) => aTerminal(database, { host: a.hostId!, session });
    const [b, locked] = [await at('cao-test-b'), await at('cao-test-c')];
    /** Ten events, each terminal's first one two behind that of the one before; with the first of all nothing is news. */
    const step = (first: number, ...terminals: TerminalRow[]) => ({
      ...stepOf(a),
      first,
      last: first + 9,
      terminals: terminals.map(({ id }, nth) => ({ id, first: first + 1 + 2 * nth })),
    });
    const advance = async (...steps: Parameters<typeof advanceSpools>[1]) =>
      (await commit(database, ({ tx }) => advanceSpools(tx, steps))).map((to) =>
        to === ALONE ? 'alone' : [to.last, ...to.owners.map(({ id }) => id).sort()],
      );
    await commit(database, async ({ tx }) => {
      await lockTerminal(tx, locked.id);
      expect(await advance(step(1, locked, a), stepOf(other))).toEqual(['alone', [2, other.id]]);
      expect(await cursors(database)).toEqual([0, 2]);
      expect(await advance(step(1, b, a, locked))).toEqual([[5, ...[a.id, b.id].sort()]]);
      expect(await advance(step(6, b, locked, a)), 'nothing of those behind it').toEqual([[8, b.id]]);
      expect(await cursors(database)).toEqual([8, 2]);
    });
    expect(await advance(step(9, b, locked, a))).toEqual([[18, ...[a.id, b.id, locked.id].sort()]]);
  });

  test('are not those of who would lead to others: a worker, a requester, a host that is drained', async () => {
    await using database = await openDatabase();
    const all = (await onHosts(database, 4)) as [TerminalRow, TerminalRow, TerminalRow, TerminalRow];
    const [plain, worker, requester, drained] = all;
    await commit(database, async (ledger) => {
      await insertTask(ledger.tx, {
        ...plainTask,
        sessionName: 'cao-test',
        requesterId: requester.id,
        workerId: worker.id,
      });
      await ledger.tx.execute(sql`update hosts set mode = 'draining' where id = ${drained.hostId}`);
    });
    const advanced = await commit(database, ({ tx }) =>
      advanceSpools(
        tx,
        all.map((row) => stepOf(row)),
      ),
    );
    expect(advanced.map((at) => at !== ALONE)).toEqual([true, false, false, false]);
    expect(advanced[0]).toMatchObject({ last: 2, owners: [{ id: plain.id }] });
    expect(await cursors(database)).toEqual([2, 0, 0, 0]);
  });
});

test('turns of several terminals are told by one statement each, and each has its own', async () => {
  await using database = await openDatabase();
  const [a, b] = (await onHosts(database, 2)) as [TerminalRow, TerminalRow];
  await commit(database, (ledger) => enqueueAll(ledger, [textFor(a, '1'), textFor(b, '1'), textFor(b, '2')]));
  const seen = { status: 'processing', source: 'hook', evidence: 'seen' } as const;
  const taken = [
    { id: a.id, session: a.sessionName, seq: 1 },
    { id: b.id, session: b.sessionName, seq: 1, now: seen },
  ];
  const news = { epoch: 1, ...seen };
  const failure = { kind: 'model_error', message: 'no', hint: 'again' } as never;
  const turn = { error: null, failure: null, background: false };
  const now = { status: 'completed', source: 'hook', evidence: 'Stop' } as const;
  const duties = await commit(database, async ({ tx }) => {
    expect(await commitAccepted(tx, taken)).toEqual([
      { moved: true, more: false, changed: false },
      { moved: true, more: true, changed: true },
    ]);
    expect(await commitAccepted(tx, taken), 'told again').toEqual([
      { moved: false, more: false, changed: false },
      { moved: false, more: false, changed: false },
    ]);
    expect(
      await setStatuses(tx, [
        { ...news, id: a.id },
        { ...news, id: b.id, epoch: 2 },
      ]),
    ).toEqual(new Set([a.id]));
    return setTurnEnds(tx, [
      { id: b.id, turn: { ...turn, answer: null, error: 'no', failure }, now: null },
      { id: a.id, turn: { ...turn, answer: 'of a' }, now },
    ]);
  });
  expect(duties.map(({ mail }) => mail)).toEqual([true, false]);
  const answered = async ({ id }: TerminalRow) =>
    (await inbox(database.db, id, 5)).map(({ seq, endedAt }) => [seq, endedAt !== null]);
  expect(await answered(a)).toEqual([[1, true]]);
  expect(await answered(b)).toEqual([
    [2, false],
    [1, true],
  ]);
  expect(await findTerminal(database.db, a.id)).toMatchObject({
    status: 'completed',
    lastAnswer: 'of a',
    failure: null,
    pastedSeq: 1,
  });
  expect(await findTerminal(database.db, b.id)).toMatchObject({
    ...{ status: 'processing', statusSource: 'hook', statusEvidence: 'seen' },
    lastAnswer: null,
    failure,
    pastedSeq: 1,
  });
  const told = await eventsAfter(database.db, { after: 0, limit: 100 });
  const of = ({ id }: TerminalRow) =>
    told.filter((event) => event.terminal_id === id && event.session_name !== null).map(({ kind }) => kind);
  const steps = ['message.queued', 'message.accepted', 'terminal.status'];
  expect(of(a).slice(-5)).toEqual([...steps, 'terminal.status', 'terminal.turn_ended']);
  expect(of(b).slice(-4)).toEqual([...steps, 'terminal.turn_ended']);
});
