import type { AgentEvent } from '@cao/contracts';
import {
  claimLink,
  type Database,
  enqueue,
  eventsAfter,
  findTerminal,
  inbox,
  inLedger,
  insertHost,
  insertTerminal,
  lockTerminal,
  markLive,
  placeTerminal,
  type TerminalRow,
} from '@cao/db';
import { makeSlots, silentLogger } from '@cao/runtime';
import { expect, test } from 'vitest';
import { aDatabase, SESSION } from '../../../test/support/open-database.ts';
import { plainHello, plainTerminal } from '../../../test/support/rows.ts';
import type { Deps } from '../src/deps.ts';
import { eventApplier, type Spooled } from '../src/link/events.ts';
import type { Link } from '../src/link/link.ts';

const REPLICA = '00000000-0000-4000-8000-000000000002';

/** A linked host with one live terminal that has a message. */
async function aHost(database: Database, n: number): Promise<{ link: Link; terminal: TerminalRow }> {
  const [hostId, id] = [`ab00000${n}`, `c000000${n}`];
  await insertHost(database.db, { id: hostId, name: hostId, publicKey: hostId, labels: [], capacity: 5 });
  const { linkEpoch } = await claimLink(database.db, hostId, REPLICA, plainHello);
  const { value: terminal } = await inLedger(database, async (ledger) => {
    const row = await insertTerminal(ledger, { ...plainTerminal, id, sessionName: SESSION });
    await placeTerminal(ledger, row, { hostId, provider: 'scripted' });
    await markLive(ledger, { id, epoch: 1, tokenHash: `hash-${id}`, cwd: '/' });
    await enqueue(ledger, { terminalId: id, kind: 'user', sender: 'user', text: 'work' });
    return row;
  });
  const link = { hostId, epoch: linkEpoch, taken: new Map() } as unknown as Link;
  return { link, terminal };
}

/** What a host tells of the turn of a message. */
const aTurn = ({ id: terminal }: TerminalRow, from = 1): [Spooled, ...Spooled[]] => {
  const of = { terminal, epoch: 1 };
  const events: AgentEvent[] = [
    { kind: 'accepted', ...of, seq: 1 },
    { kind: 'status', ...of, status: 'processing', source: 'hook', evidence: 'seen' },
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
  const apply = eventApplier({
    database,
    log: silentLogger,
    catchUps: makeSlots(1),
    proofs: { settled: () => {} },
    links: { attend: () => Promise.resolve() },
  } as unknown as Deps);
  const [old, gap, locked, ...plain] = hosts.reverse();
  const tell = (told: { link: Link; terminal: TerminalRow }, from = 1) =>
    apply({ link: told.link, events: aTurn(told.terminal, from) });
  const outcomes: Record<string, string> = {};
  const asked = (name: string, told: Promise<void>) =>
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
  for (const { terminal } of [locked!, ...plain]) {
    expect(await findTerminal(database.db, terminal.id)).toMatchObject({
      status: 'completed',
      lastAnswer: `of ${terminal.id}`,
    });
    const [message] = await inbox(database.db, terminal.id, 1);
    expect(message).toMatchObject({ state: 'accepted', endedAt: expect.any(Date) });
  }
  const told = await eventsAfter(database.db, { after: 0, limit: 1000 });
  const ends = told.filter(({ kind }) => kind === 'terminal.turn_ended').map((event) => event.terminal_id);
  expect(ends.sort(), 'each once, though it was told twice').toEqual(
    [locked!, ...plain].map(({ terminal }) => terminal.id).sort(),
  );
  for (const { terminal } of [old!, gap!])
    expect((await inbox(database.db, terminal.id, 1))[0]).toMatchObject({ state: 'queued' });
});
