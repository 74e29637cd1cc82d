import { expect, test } from 'vitest';
import { sql } from '../src/drizzle.ts';
import {
  approvalViews,
  closeApprovals,
  closeTerminal,
  closeUnseenApproval,
  commitAnswer,
  type Database,
  decideApproval,
  decidedApproval,
  eventsAfter,
  findApproval,
  inLedger,
  openApproval,
  retractDecision,
  type TerminalRow,
} from '../src/index.ts';
import { aHost, aTerminal, commit, HOST, openDatabase } from './setup.ts';

const FIRST = '00000000-0000-4000-8000-00000000000a';
const SECOND = '00000000-0000-4000-8000-00000000000b';

const asks = (
  database: Database,
  terminal: TerminalRow,
  approval: string,
  input: unknown = { command: 'make' },
) => commit(database, ({ tx }) => openApproval(tx, terminal, { approval, tool: 'Bash', input, cut: false }));
const stateOf = async (database: Database, id: string) => (await findApproval(database.db, id))?.state;

test('a terminal asks one thing at a time, and what is told again changes nothing', async () => {
  await using database = await openDatabase();
  await aHost(database);
  const terminal = await aTerminal(database);
  await asks(database, terminal, FIRST);
  await asks(database, terminal, FIRST);
  await asks(database, terminal, SECOND);
  await asks(database, terminal, FIRST);
  expect(await findApproval(database.db, FIRST)).toMatchObject({ state: 'closed', reason: 'replaced' });
  const open = await approvalViews(database.db, { terminal: terminal.id, state: 'open', limit: 10 });
  expect(open).toMatchObject([{ id: SECOND, host_name: `host-${HOST}`, agent_profile: 'developer' }]);
});

test('one that was seen before its tool was told keeps its id and gets its tool, once', async () => {
  await using database = await openDatabase();
  await aHost(database);
  const [terminal, other] = [await aTerminal(database), await aTerminal(database)];
  const told = (of: TerminalRow, tool: string, input: unknown) =>
    commit(database, ({ tx }) => openApproval(tx, of, { approval: FIRST, tool, input, cut: false }));
  await told(terminal, '', 'Run it?');
  await told(other, 'Edit', {});
  expect(await findApproval(database.db, FIRST)).toMatchObject({ tool: '', input: 'Run it?' });
  await told(terminal, 'Bash', { command: 'make' });
  await told(terminal, 'Edit', {});
  expect(await findApproval(database.db, FIRST)).toMatchObject({
    state: 'open',
    tool: 'Bash',
    input: { command: 'make' },
  });
  const events = await eventsAfter(database.db, { after: 0, limit: 100 });
  const kinds = events.map(({ kind }) => kind).filter((kind) => kind.startsWith('approval.'));
  expect(kinds).toEqual(['approval.opened', 'approval.updated']);
});

test('an id that another terminal has used is not taken over', async () => {
  await using database = await openDatabase();
  await aHost(database);
  const [one, two] = [await aTerminal(database), await aTerminal(database)];
  await asks(database, one, FIRST);
  await asks(database, two, FIRST, { command: 'other' });
  await commit(database, ({ tx }) => closeApprovals(tx, two, 'gone', { id: FIRST }));
  await commit(database, ({ tx }) => commitAnswer(tx, two, FIRST, 'allow'));
  expect(await findApproval(database.db, FIRST)).toMatchObject({ state: 'open', terminalId: one.id });
});

test.each([
  ['null', null, {}],
  ['control characters', { command: 'a\u0000\u001b[2J' }, { command: 'a␀␛[2J' }],
])('%s in an input can be stored', async (_, input, stored) => {
  await using database = await openDatabase();
  await aHost(database);
  await asks(database, await aTerminal(database), FIRST, input);
  expect((await findApproval(database.db, FIRST))?.input).toEqual(stored);
});

test('of many decisions at once one counts, and the host is rung for each', async () => {
  await using database = await openDatabase();
  await aHost(database);
  const terminal = await aTerminal(database);
  await asks(database, terminal, FIRST);
  const decided = await Promise.all(
    (['allow', 'deny', 'allow', 'deny'] as const).map((decision) =>
      inLedger(database, (ledger) => decideApproval(ledger, FIRST, { decision, who: decision })),
    ),
  );
  expect(new Set(decided.map(({ value }) => value?.decision)).size).toBe(1);
  for (const { bells } of decided)
    expect(bells.map(({ request }) => request)).toEqual([{ bell: 'answer', hostId: HOST, id: terminal.id }]);
  const { decision, id } = (await decidedApproval(database.db, terminal))!;
  await commit(database, ({ tx }) => commitAnswer(tx, terminal, id, decision));
  await commit(database, ({ tx }) => closeApprovals(tx, terminal, 'gone', { id }));
  const row = await findApproval(database.db, FIRST);
  expect(row).toMatchObject({ state: decision === 'allow' ? 'allowed' : 'denied', answeredBy: decision });
  const { bells } = await inLedger(database, (ledger) =>
    decideApproval(ledger, FIRST, { decision, who: 'late' }),
  );
  expect(bells).toEqual([]);
});

test('a decision that could not be told is taken back, and its event says why', async () => {
  await using database = await openDatabase();
  await aHost(database);
  const terminal = await aTerminal(database);
  await asks(database, terminal, FIRST);
  await commit(database, (ledger) => decideApproval(ledger, FIRST, { decision: 'allow', who: 'me' }));
  await commit(database, ({ tx }) => retractDecision(tx, terminal, FIRST, 'its dialog is deaf'));
  expect(await findApproval(database.db, FIRST)).toMatchObject({ state: 'open', decision: null });
  const events = await eventsAfter(database.db, { after: 0, limit: 100 });
  expect(events.at(-1)).toMatchObject({ kind: 'approval.stuck', data: { reason: 'its dialog is deaf' } });
  // Neither what the tool would be given nor who decides is in the log before it is done.
  expect(JSON.stringify(events)).not.toContain('make');
});

test('the end of a terminal ends what it asks', async () => {
  await using database = await openDatabase();
  await aHost(database);
  const terminal = await aTerminal(database);
  await asks(database, terminal, FIRST);
  await commit(database, (ledger) => closeTerminal(ledger, terminal, 'done'));
  expect(await findApproval(database.db, FIRST)).toMatchObject({
    state: 'closed',
    reason: 'terminal_closed',
  });
});

test('what a pane no longer shows is closed once it is no news, unless somebody has decided it', async () => {
  await using database = await openDatabase();
  await aHost(database);
  const terminal = await aTerminal(database);
  const look = (seen: string | null) => commit(database, ({ tx }) => closeUnseenApproval(tx, terminal, seen));
  await asks(database, terminal, FIRST);
  await look(null);
  expect(await stateOf(database, FIRST)).toBe('open');
  await database.db.execute(sql`update approvals set created_at = now() - interval '31 seconds'`);
  await look(FIRST);
  expect(await stateOf(database, FIRST)).toBe('open');
  await commit(database, (ledger) => decideApproval(ledger, FIRST, { decision: 'allow', who: 'me' }));
  await look(null);
  expect(await stateOf(database, FIRST)).toBe('open');
  await commit(database, ({ tx }) => retractDecision(tx, terminal, FIRST, 'deaf'));
  await look(null);
  expect(await findApproval(database.db, FIRST)).toMatchObject({ state: 'closed', reason: 'gone' });
});
