import type { AgentState, Approval } from '@cao/providers';
import { expect, test, vi } from 'vitest';
import { type ApprovalEvent, type ApprovalsOf, makeApprovals } from './approvals.ts';

const idle: AgentState = { status: 'idle', source: 'hook', evidence: '', ready: true, approval: null };
const asking = (approval: Approval): AgentState => ({ ...idle, status: 'waiting_user_answer', approval });
const bash = (command: string, nativeId?: string): Approval => ({
  tool: 'Bash',
  input: { command },
  ...(nativeId ? { nativeId } : {}),
});

/** `again` is the next life of the process: all that it has is the record. */
function setUp(screen = '') {
  let record: ReturnType<ApprovalsOf['record']> = { approval: null, answered: null };
  const told: ApprovalEvent[] = [];
  const make = () =>
    makeApprovals({
      record: () => record,
      update(change) {
        record = JSON.parse(JSON.stringify({ ...record, ...change }));
        if (change.approval) record = { ...record, approval: change.approval };
      },
      tell: (event) => void told.push(event),
      shows: ({ input }) => (input as { command: string }).command === screen,
    });
  return {
    told,
    make,
    again() {
      record = JSON.parse(JSON.stringify(record));
      return make();
    },
    words: () =>
      told.map((event) => (event.kind === 'approval_opened' ? `+${event.tool}` : `-${event.reason}`)),
  };
}
const shown = (dialog: string | null, about?: string) => ({
  dialog,
  shows: ({ input }: Approval) =>
    (typeof input === 'string' ? input : (input as { command: string }).command) === about,
});

test('a question is one however often its state comes, also built anew', () => {
  const { make, words } = setUp();
  const approvals = make();
  approvals.follow(asking(bash('make')), []);
  approvals.follow(asking(bash('make')), []);
  approvals.follow(idle, []);
  expect(words()).toEqual(['+Bash', '-answered_there']);
});

test('questions with ids of their own are told apart by them', () => {
  const { make, words } = setUp();
  const approvals = make();
  approvals.follow(asking(bash('make', 'p1')), []);
  approvals.follow(asking(bash('make', 'p1')), []);
  approvals.follow(asking(bash('make', 'p2')), []);
  expect(words()).toEqual(['+Bash', '-replaced', '+Bash']);
});

test('the same question again after its answer is a new one, and the old one was allowed', () => {
  const { make, words } = setUp();
  const approvals = make();
  approvals.follow(asking(bash('make')), []);
  approvals.begin('allow');
  approvals.done();
  approvals.follow(asking(bash('make')), []);
  expect(words()).toEqual(['+Bash', '-allowed', '+Bash']);
  expect(approvals.open()).toMatchObject({ crowded: false, decided: null });
});

test('an end that overtakes the answer counts as the answer', () => {
  const { make, words } = setUp();
  const approvals = make();
  approvals.follow(asking(bash('make')), []);
  const { id } = approvals.open()!;
  approvals.begin('deny');
  approvals.follow(idle, []);
  approvals.done();
  expect(words()).toEqual(['+Bash', '-denied']);
  expect(approvals.hasDecided(id, 'deny')).toBe(true);
  expect(approvals.hasDecided(id, 'allow')).toBe(false);
});

const bare: Approval = { tool: '', input: 'Run it?' };

test('a question that the screen told first is the one that its hook tells, if the screen shows that', () => {
  const { make, words } = setUp('make');
  const approvals = make();
  approvals.follow(asking(bare), []);
  const { id } = approvals.open()!;
  approvals.begin('allow');
  approvals.follow(asking(bash('make')), []);
  expect(approvals.open()).toMatchObject({ id, approval: bash('make'), crowded: false, decided: null });
  approvals.done();
  approvals.follow(idle, []);
  expect(words()).toEqual(['+', '+Bash', '-allowed']);
});

test.each([
  ['the screen shows another question', bare, null],
  ['that one had a tool', bash('other'), null],
  ['that one was answered', bare, 'allow' as const],
])('a question that its hook tells is another one if %s', (_, first, answered) => {
  const { make, words } = setUp(answered ? 'make' : 'rm');
  const approvals = make();
  approvals.follow(asking(first), []);
  const { id } = approvals.open()!;
  if (answered) {
    approvals.begin(answered);
    approvals.done();
  }
  approvals.follow(asking(bash('make')), []);
  expect(approvals.open()).toMatchObject({ approval: bash('make'), crowded: !answered });
  expect(approvals.open()?.id).not.toBe(id);
  expect(words()).toEqual([`+${first.tool}`, answered ? '-allowed' : '-replaced', '+Bash']);
});

test('a question ends with its turn', () => {
  const { make, words } = setUp();
  const approvals = make();
  approvals.follow(asking(bash('make')), []);
  approvals.follow(idle, [{ kind: 'turn_ended', answer: null, background: false, error: 'interrupted' }]);
  expect(words()).toEqual(['+Bash', '-turn_ended']);
});

test.each([
  ['looks the same', shown('same'), true],
  ['looks different', shown('other'), false],
])('after a death the known question is the one on the screen when it %s', (_, screen, same) => {
  const { make, again } = setUp();
  const before = make();
  before.follow(asking(bash('make')), []);
  before.saw('same');
  const found: Approval = { tool: '', input: 'Do you want to proceed?' };
  const after = again();
  expect(after.recall(found, screen)).toEqual(same ? bash('make') : found);
  expect(after.recall(null, screen)).toBeNull();
});

test('one that was never seen is known by its words', () => {
  const { make, again } = setUp();
  make().follow(asking(bash('make')), []);
  const found: Approval = { tool: '', input: 'Do you want to proceed?' };
  const after = again();
  expect(after.recall(found, shown('x', 'make'))).toEqual(bash('make'));
  expect(after.recall(found, shown('x', 'rm'))).toEqual(found);
});

test('one that was answered before the death is not the one that stands there now', () => {
  const { make, again } = setUp();
  const before = make();
  before.follow(asking(bash('make')), []);
  before.saw('same');
  before.begin('allow');
  before.done();
  const found: Approval = { tool: '', input: 'Do you want to proceed?' };
  expect(again().recall(found, shown('same'))).toBe(found);
});

test('what is open is told again under its id', () => {
  const { make, again, told } = setUp();
  make().follow(asking(bash('make')), []);
  again().tellAgain();
  expect(told).toHaveLength(2);
  expect(told[1]).toEqual(told[0]);
});

test('a screen that still shows the dialog of an answered question is behind, for as long as a CLI may take to draw', () => {
  vi.useFakeTimers();
  try {
    const approvals = setUp().make();
    const ask = () => {
      approvals.follow(asking(bash('make')), []);
      approvals.saw('make?');
      approvals.follow(idle, []);
    };
    ask();
    expect(approvals.isBehind(shown('rm?'))).toBe(false);
    ask();
    expect(approvals.isBehind(shown('make?'))).toBe(true);
    expect(approvals.isBehind(shown(null))).toBe(false);
    // Once it was gone, the same words are another question.
    expect(approvals.isBehind(shown('make?'))).toBe(false);
    ask();
    vi.advanceTimersByTime(2_000);
    expect(approvals.isBehind(shown('make?'))).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});

test('an answered question whose surroundings moved is known by what it is about', () => {
  const approvals = setUp().make();
  approvals.follow(asking(bash('make')), []);
  approvals.saw('make?');
  approvals.follow(idle, []);
  expect(approvals.isBehind(shown('Hello! make?', 'make'))).toBe(true);
  expect(approvals.isBehind(shown('rm?', 'rm'))).toBe(false);
});

test('a question of which only the screen told may look like the next one', () => {
  const approvals = setUp().make();
  approvals.follow(asking({ tool: '', input: 'Yes, once' }), []);
  approvals.saw('make?');
  approvals.follow(idle, []);
  expect(approvals.isBehind(shown('rm?', 'Yes, once'))).toBe(false);
});

test('a question that was answered before it was looked at is known by what it is about', () => {
  const approvals = setUp().make();
  approvals.follow(asking(bash('make')), []);
  approvals.follow(idle, []);
  expect(approvals.isBehind(shown('make?', 'make'))).toBe(true);
  expect(approvals.isBehind(shown('rm?', 'rm'))).toBe(false);
});
