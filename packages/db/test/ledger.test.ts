import { describe, expect, test } from 'vitest';
import { plainHello, plainTask, plainTerminal } from '../../../test/support/rows.ts';
import { sql } from '../src/drizzle.ts';
import {
  advanceSpool,
  catchUpStatuses,
  claimLink,
  closeTerminal,
  commitAccepted,
  commitPasted,
  type Database,
  endForgottenTurns,
  endTask,
  enqueue,
  eventsAfter,
  fenceLink,
  findHost,
  findMessage,
  findSession,
  findTask,
  findTerminal,
  inbox,
  inLedger,
  insertTask,
  insertTerminal,
  isDuplicate,
  lockTerminal,
  markLive,
  nextOpen,
  retryStalledStarts,
  setStatuses,
  setTurnEnds,
  shutdownSession,
} from '../src/index.ts';
import { aHost, aTerminal, commit, HOST, openDatabase } from './setup.ts';

const REPLICA = '00000000-0000-4000-8000-000000000002';

test('a terminal that draws an id which is taken draws again', async () => {
  await using database = await openDatabase();
  const { id: taken, sessionName } = await aTerminal(database, { host: null });
  const drawn = [taken, 'cfffffff'];
  const made = await commit(database, (ledger) =>
    insertTerminal(ledger, { ...plainTerminal, id: drawn.shift()!, sessionName }),
  );
  expect(made.id).toBe('cfffffff');
  const told = await eventsAfter(database.db, { after: 0, limit: 100 });
  expect(told.filter(({ kind }) => kind === 'terminal.placing').map((event) => event.terminal_id)).toEqual([
    taken,
    'cfffffff',
  ]);
});

describe('messages', () => {
  test('the order of commits is the order of seq, also for fifty senders at once', async () => {
    await using database = await openDatabase();
    await aHost(database);
    const { id } = await aTerminal(database);
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        commit(database, (ledger) =>
          enqueue(ledger, { terminalId: id, kind: 'user', sender: 'user', text: `m${n}` }),
        ),
      ),
    );
    const rows = (await inbox(database.db, id, 100)).reverse();
    expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  });

  test('one key of one sender is one message', async () => {
    await using database = await openDatabase();
    await aHost(database);
    const { id } = await aTerminal(database);
    const send = () =>
      commit(database, (ledger) =>
        enqueue(ledger, { terminalId: id, kind: 'user', sender: 'user', text: 'm', idempotencyKey: 'k' }),
      );
    const outcomes = await Promise.allSettled([send(), send(), send()]);
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(isDuplicate(outcome.reason)).toBe(true);
    expect(await inbox(database.db, id, 10)).toHaveLength(1);
  });

  test('a pane that is ahead makes every row up to its cursor pasted, and a proof that overtakes the paste counts', async () => {
    await using database = await openDatabase();
    await aHost(database);
    const row = await aTerminal(database);
    const terminal = { id: row.id, epoch: row.epoch, session: row.sessionName };
    const sent = [];
    for (const text of ['a', 'b', 'c'])
      sent.push(
        await commit(database, (ledger) =>
          enqueue(ledger, { terminalId: row.id, kind: 'user', sender: 'user', text }),
        ),
      );
    await commitPasted(database.db, { hostId: HOST, epoch: 0 }, terminal, 2);
    expect(await commit(database, ({ tx }) => commitAccepted(tx, [{ ...terminal, seq: 3 }]))).toEqual([
      { moved: true, more: true, changed: false },
    ]);
    const states = (await inbox(database.db, row.id, 10)).reverse().map((message) => message.state);
    expect(states).toEqual(['pasted', 'pasted', 'accepted']);
    expect((await findTerminal(database.db, row.id))?.pastedSeq).toBe(3);
    expect((await nextOpen(database.db, row.id))?.id).toBe(sent[0]?.id);
    const kinds = (await eventsAfter(database.db, { after: 0, limit: 100 })).flatMap(({ kind, data }) =>
      kind.startsWith('message.') ? [`${kind} ${data.seq}`] : [],
    );
    expect(kinds.slice(3)).toEqual(['message.pasted 1', 'message.pasted 2', 'message.accepted 3']);
    for (const [seq, outcome] of [
      [3, { moved: false, more: false, changed: false }],
      [2, { moved: true, more: true, changed: false }],
      [1, { moved: true, more: false, changed: false }],
    ] as const)
      expect(await commit(database, ({ tx }) => commitAccepted(tx, [{ ...terminal, seq }]))).toEqual([
        outcome,
      ]);
  });

  test('the sender of a dead message is told, and a dead system message tells nobody', async () => {
    await using database = await openDatabase();
    await aHost(database);
    const sender = await aTerminal(database);
    const receiver = await aTerminal(database);
    await commit(database, (ledger) =>
      enqueue(ledger, { terminalId: receiver.id, kind: 'send_message', sender: sender.id, text: 'hello' }),
    );
    await commit(database, (ledger) => closeTerminal(ledger, receiver, 'its CLI died'));
    const [told] = await inbox(database.db, sender.id, 10);
    expect(told).toMatchObject({ kind: 'system', sender: 'system', state: 'queued' });
    expect(told?.text).toContain(receiver.id);
    expect(told?.text).toContain('its CLI died');
    await commit(database, (ledger) => closeTerminal(ledger, sender, 'gone too'));
    expect((await findMessage(database.db, told!.id))?.state).toBe('dead');
  });
});

describe('turns', () => {
  /** A prompt that was accepted so many seconds ago, of a terminal that has been at rest for as long. */
  const accepted = async (database: Database, secondsAgo: number, turn: { background: boolean }) => {
    await aHost(database);
    const row = await aTerminal(database);
    await commit(database, (ledger) =>
      markLive(ledger, { id: row.id, epoch: 1, tokenHash: `hash-${row.id}`, cwd: '/' }),
    );
    const message = await commit(database, (ledger) =>
      enqueue(ledger, { terminalId: row.id, kind: 'user', sender: 'user', text: 'work' }),
    );
    // Its end was told before the proof that it had begun.
    await commit(database, ({ tx }) =>
      setTurnEnds(tx, [
        { id: row.id, turn: { answer: 'done', error: null, failure: null, ...turn }, now: null },
      ]),
    );
    await commit(database, ({ tx }) =>
      commitAccepted(tx, [{ id: row.id, session: row.sessionName, seq: 1 }]),
    );
    const ago = sql`now() - make_interval(secs => ${secondsAgo})`;
    await database.db.execute(
      sql`update terminals set status = 'completed', status_at = ${ago}, turn_ended_at = case when turn_ended_at is null then null else ${ago} end`,
    );
    await database.db.execute(
      sql`update messages set created_at = ${ago} - interval '1 second', accepted_at = ${ago}`,
    );
    await commit(database, endForgottenTurns);
    return (await findMessage(database.db, message.id))!.endedAt;
  };

  test.each([
    ['that was told before its beginning is found', 60, false, true],
    ['is not looked for while it may still come', 2, false, false],
    ['is none while work in the background goes on', 60, true, false],
  ])('the end %s', async (_what, secondsAgo, background, ends) => {
    await using database = await openDatabase();
    expect((await accepted(database, secondsAgo, { background })) !== null).toBe(ends);
  });
});

describe('links', () => {
  test('an older link epoch is refused at the commit, a replayed event changes nothing, a gap is refused', async () => {
    await using database = await openDatabase();
    await aHost(database);
    const first = await claimLink(database.db, { hostId: HOST, replica: REPLICA, hello: plainHello });
    const second = await claimLink(database.db, { hostId: HOST, replica: REPLICA, hello: plainHello });
    expect(second.linkEpoch).toBe(first.linkEpoch + 1);
    const under = (epoch: number) => commit(database, ({ tx }) => fenceLink(tx, HOST, epoch));
    await expect(under(first.linkEpoch)).rejects.toMatchObject({ code: 'conflict' });
    await under(second.linkEpoch);
    const event = (epoch: number, n: number) =>
      commit(database, ({ tx }) =>
        advanceSpool(tx, { hostId: HOST, linkEpoch: epoch, first: n, last: n, terminal: null }),
      );
    expect(await event(second.linkEpoch, 1)).toEqual({ mode: 'open', owner: null });
    expect(await event(second.linkEpoch, 1)).toBeNull();
    const { id } = await aTerminal(database);
    const step = { hostId: HOST, linkEpoch: second.linkEpoch, first: 2, last: 2, terminal: id };
    expect(await commit(database, ({ tx }) => advanceSpool(tx, step))).toMatchObject({
      owner: { id, hostId: HOST, epoch: 1, closing: null },
    });
    await expect(event(second.linkEpoch, 4)).rejects.toMatchObject({ code: 'conflict' });
    await expect(event(first.linkEpoch, 3)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a paste that an older link tells of changes nothing; one that is told again is no conflict', async () => {
    await using database = await openDatabase();
    await aHost(database);
    const { linkEpoch: old } = await claimLink(database.db, {
      hostId: HOST,
      replica: REPLICA,
      hello: plainHello,
    });
    const { linkEpoch: epoch } = await claimLink(database.db, {
      hostId: HOST,
      replica: REPLICA,
      hello: plainHello,
    });
    const { id, epoch: pane, sessionName } = await aTerminal(database);
    await commit(database, (ledger) =>
      enqueue(ledger, { terminalId: id, kind: 'user', sender: 'user', text: 'm' }),
    );
    const told = (by: number, seq: number) =>
      commitPasted(database.db, { hostId: HOST, epoch: by }, { id, epoch: pane, session: sessionName }, seq);
    await expect(told(old, 1)).rejects.toMatchObject({ code: 'conflict' });
    expect((await findTerminal(database.db, id))?.pastedSeq).toBe(0);
    await told(epoch, 1);
    await told(epoch, 1);
    await expect(told(old, 1)).rejects.toMatchObject({ code: 'conflict' });
    expect((await inbox(database.db, id, 10)).map(({ state }) => state)).toEqual(['pasted']);
  });
});

describe('turns that end', () => {
  const now = { status: 'completed', source: 'hook', evidence: 'Stop' } as const;

  test('tell their status first, once, and keep the last answer that was given', async () => {
    await using database = await openDatabase();
    await aHost(database);
    const { id } = await aTerminal(database);
    const end = (answer: string | null, then: typeof now | null) =>
      commit(database, ({ tx }) =>
        setTurnEnds(tx, [{ id, turn: { answer, error: null, failure: null, background: false }, now: then }]),
      );
    const before = (await eventsAfter(database.db, { after: 0, limit: 100 })).length;
    await end('first', now);
    await end(null, now);
    await end('third', null);
    const told = (await eventsAfter(database.db, { after: 0, limit: 100 })).slice(before);
    expect(told.map(({ kind, data }) => [kind, data.status ?? data.chars])).toEqual([
      ['terminal.status', 'completed'],
      ['terminal.turn_ended', 5],
      ['terminal.turn_ended', 0],
      ['terminal.turn_ended', 5],
    ]);
    expect(await findTerminal(database.db, id)).toMatchObject({
      status: 'completed',
      statusSource: 'hook',
      statusEvidence: 'Stop',
      lastAnswer: 'third',
    });
  });

  test('are brought up to what was found, but for what was told meanwhile and what somebody decides about', async () => {
    await using database = await openDatabase();
    await aHost(database);
    const [old, told, locked] = [
      await aTerminal(database),
      await aTerminal(database),
      await aTerminal(database),
    ];
    const report = { epoch: 1, source: 'log', evidence: 'found' } as const;
    await commit(database, ({ tx }) => setStatuses(tx, [{ ...report, id: told.id, status: 'completed' }]));
    const found = [old, told, locked].map(({ id }) => ({
      ...report,
      id,
      status: 'processing' as const,
      from: 'starting' as const,
    }));
    await commit(database, async ({ tx }) => {
      await lockTerminal(tx, locked.id);
      expect(await commit(database, (other) => catchUpStatuses(other.tx, found, 'report'))).toBe(1);
    });
    const status = async ({ id }: { id: string }) => (await findTerminal(database.db, id))?.status;
    expect(await Promise.all([old, told, locked].map(status))).toEqual([
      'processing',
      'completed',
      'starting',
    ]);
    expect(await commit(database, ({ tx }) => catchUpStatuses(tx, found, 'report'))).toBe(1);
    expect(await status(locked)).toBe('processing');
    const events = await eventsAfter(database.db, { after: 0, limit: 100 });
    const changes = events.filter((event) => event.kind === 'terminal.status');
    expect(changes.map((event) => [event.terminal_id, event.data.status])).toEqual([
      [told.id, 'completed'],
      [old.id, 'processing'],
      [locked.id, 'processing'],
    ]);
  });

  test('answer what was accepted, unless work goes on in the background, and find what waits', async () => {
    await using database = await openDatabase();
    await aHost(database);
    const row = await aTerminal(database);
    const send = () =>
      commit(database, (ledger) =>
        enqueue(ledger, { terminalId: row.id, kind: 'user', sender: 'user', text: 'm' }),
      );
    const end = (background: boolean) =>
      commit(database, ({ tx }) =>
        setTurnEnds(tx, [
          { id: row.id, turn: { answer: null, error: null, failure: null, background }, now: null },
        ]),
      );
    const { id } = await send();
    await commit(database, ({ tx }) =>
      commitAccepted(tx, [{ id: row.id, session: row.sessionName, seq: 1 }]),
    );
    const nothing = { works: false, awaits: false, limited: false, mail: false };
    await end(true);
    expect((await findMessage(database.db, id))?.endedAt).toBeNull();
    expect(await end(false)).toEqual([nothing]);
    expect((await findMessage(database.db, id))?.endedAt).not.toBeNull();
    await send();
    expect(await end(false)).toEqual([{ ...nothing, mail: true }]);
  });
});

describe('terminals', () => {
  test('capacity is a count of open rows', async () => {
    await using database = await openDatabase();
    await aHost(database);
    const one = await aTerminal(database);
    await aTerminal(database);
    expect((await findHost(database.db, HOST))?.terminals).toBe(2);
    await commit(database, (ledger) => closeTerminal(ledger, one, 'done'));
    expect((await findHost(database.db, HOST))?.terminals).toBe(1);
  });

  test('a start that its host does not confirm in time goes elsewhere under a new epoch, and the late one is refused', async () => {
    await using database = await openDatabase();
    await aHost(database);
    const row = await aTerminal(database);
    await commit(database, (ledger) => retryStalledStarts(ledger, 90));
    expect((await findTerminal(database.db, row.id))?.epoch).toBe(1);
    await database.db.execute(sql`update terminals set placed_at = now() - interval '91 seconds'`);
    const { bells } = await inLedger(database, (ledger) => retryStalledStarts(ledger, 90));
    expect(bells.map(({ request }) => request)).toEqual([{ bell: 'place', hostId: null, id: row.id }]);
    expect(await findTerminal(database.db, row.id)).toMatchObject({ epoch: 2, hostId: null });
    const late = { id: row.id, epoch: 1, tokenHash: 'x', cwd: '/' };
    expect(await commit(database, (ledger) => markLive(ledger, late))).toBe(false);
  });

  test('a session whose terminals end at the same moment ends', async () => {
    await using database = await openDatabase();
    await aHost(database);
    const rows = [await aTerminal(database), await aTerminal(database), await aTerminal(database)];
    await commit(database, (ledger) => shutdownSession(ledger, 'cao-test'));
    await Promise.all(
      rows.map((row) => commit(database, (ledger) => closeTerminal(ledger, row, 'shut down'))),
    );
    expect((await findSession(database.db, 'cao-test'))?.state).toBe('closed');
  });
});

describe('tasks', () => {
  test('of many outcomes one counts, and an idle requester gets it as a message', async () => {
    await using database = await openDatabase();
    await aHost(database);
    const requester = await aTerminal(database);
    const worker = await aTerminal(database);
    await database.db.execute(
      sql`update terminals set lifecycle = 'live', status = 'completed' where id = ${requester.id}`,
    );
    const task = await commit(database, ({ tx }) =>
      insertTask(tx, {
        ...plainTask,
        sessionName: 'cao-test',
        requesterId: requester.id,
        workerId: worker.id,
      }),
    );
    const outcomes = await Promise.all(
      (['completed', 'failed', 'timeout'] as const).map((state) =>
        commit(database, (ledger) => endTask(ledger, task.id, { state, output: state, reason: state })),
      ),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    const ended = await findTask(database.db, task.id);
    const messages = await inbox(database.db, requester.id, 10);
    expect(messages).toHaveLength(1);
    expect(messages[0]?.text).toContain(ended?.output);
    expect(ended?.reportedAt).not.toBeNull();
  });
});
