import { expect, test } from 'vitest';
import type { RecordLine } from '../support/stack/ledger-check.ts';
import { type Evidence, judgeAll } from './check.ts';
import type { MessageRow, TaskRow, TerminalRow } from './ledger.ts';

const A = 'aaaaaaaa';
const B = 'bbbbbbbb';

const terminal = (id: string, change: Partial<TerminalRow> = {}): TerminalRow => ({
  id,
  host: 'host-1',
  lifecycle: 'live',
  status: 'completed',
  epoch: 1,
  reason: null,
  ...change,
});
const message = (seq: number, text: string, change: Partial<MessageRow> = {}): MessageRow => ({
  id: `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`,
  terminal_id: A,
  seq,
  kind: 'user',
  sender: 'user',
  text,
  state: 'accepted',
  reason: null,
  task_id: null,
  ...change,
});
const task = (id: string, change: Partial<TaskRow> = {}): TaskRow => ({
  id,
  kind: 'handoff',
  requester_id: A,
  worker_id: B,
  state: 'completed',
  output: 'answer 1',
  reason: null,
  ...change,
});
const took = (...texts: string[]): RecordLine[] => texts.map((text, at) => ({ pid: 1, n: at + 1, text }));

interface Given {
  readonly messages: readonly MessageRow[];
  readonly record: readonly RecordLine[];
  readonly tasks?: readonly TaskRow[];
  readonly terminals?: readonly TerminalRow[];
  readonly rest?: Partial<Evidence>;
}
/** What is found wrong. */
function wrongIn({ messages, record, tasks = [], terminals = [terminal(A)], rest = {} }: Given) {
  const judgement = judgeAll({
    dump: { messages, terminals, tasks },
    records: new Map([[A, record]]),
    taken: new Set(),
    delegations: [],
    ...rest,
  });
  const { sent, accepted, dead, open, handoffs, assigns, ...lists } = judgement;
  return Object.entries(lists).flatMap(([what, list]) => (list.length > 0 ? [what] : []));
}

const two = [message(1, 'one'), message(2, 'two')];

test('a pane that received what the ledger says is right', () => {
  expect(wrongIn({ messages: two, record: took('one', 'two') })).toEqual([]);
});

test.each<{ wrong: string; given: Given }>([
  { wrong: 'lost', given: { messages: two, record: took('one') } },
  { wrong: 'lost', given: { messages: [], record: [], rest: { taken: new Set(['an id']) } } },
  {
    wrong: 'lost',
    given: { messages: [], record: [{ did: 'answer', text: `sent ${crypto.randomUUID()}` }] },
  },
  { wrong: 'doubled', given: { messages: two, record: took('one', 'one', 'two') } },
  { wrong: 'reordered', given: { messages: two, record: took('two', 'one') } },
  { wrong: 'garbled', given: { messages: two, record: took('one', 'two', 'onetwo') } },
  {
    wrong: 'deadButTaken',
    given: { messages: [message(1, 'one', { state: 'dead', reason: 'not_accepted' })], record: took('one') },
  },
  {
    wrong: 'dialogsAnswered',
    given: { messages: two, record: [...took('one', 'two'), { dialog_key: '1' }] },
  },
  {
    wrong: 'dialogsAnswered',
    given: { messages: two, record: [...took('one', 'two'), { misplaced: 'dialog', text: 'two' }] },
  },
  {
    wrong: 'untold',
    given: {
      messages: [message(1, 'x', { kind: 'send_message', sender: B, state: 'dead', reason: 'not_accepted' })],
      record: [],
      terminals: [terminal(A), terminal(B)],
    },
  },
  {
    wrong: 'twoPrograms',
    given: {
      messages: two,
      record: [...took('one', 'two'), { pid: 2, did: 'ready' }, { pid: 1, did: 'answer' }],
    },
  },
  { wrong: 'openTasks', given: { messages: [], record: [], tasks: [task('t1', { state: 'running' })] } },
])('it is seen when something is $wrong', ({ wrong, given }) => {
  expect(wrongIn(given)).toEqual([wrong]);
});

test('what one epoch of a terminal had may come again in the next one', () => {
  const again = [...took('one', 'two'), { pid: 2, n: 1, text: 'two' }];
  expect(wrongIn({ messages: two, record: again })).toEqual([]);
});

test('the end of a pane excuses what was dead in it, and its senders', () => {
  const closed = [terminal(A, { lifecycle: 'closed' }), terminal(B, { lifecycle: 'closed' })];
  const dead = message(1, 'one', {
    kind: 'send_message',
    sender: B,
    state: 'dead',
    reason: 'terminal_closed',
  });
  expect(wrongIn({ messages: [dead], record: took('one'), terminals: closed })).toEqual([]);
});

const prompt = (seq: number, of: string) =>
  message(seq, 'h1 [[say answer 1]]', { terminal_id: B, kind: 'handoff', sender: A, task_id: of });
const handedOff = (tasks: readonly TaskRow[], record: readonly RecordLine[]): Given => ({
  messages: tasks.map(({ id }, n) => prompt(n + 1, id)),
  record,
  tasks,
  terminals: [terminal(A), terminal(B, { lifecycle: 'closed' })],
  rest: {
    delegations: [{ kind: 'handoff', key: 'h1', answer: 'answer 1', named: false }],
    records: new Map([
      [A, record],
      [B, took(...tasks.map(() => 'h1 [[say answer 1]]'))],
    ]),
  },
});
const said = (text: string): RecordLine => ({ pid: 1, did: 'answer', text });

test('a handoff is right when its answer is the of its worker and its requester heard it', () => {
  expect(wrongIn(handedOff([task('t1')], [said('h1 gave answer 1')]))).toEqual([]);
});

test.each<{ wrong: string; given: Given }>([
  {
    wrong: 'wrongResults',
    given: handedOff([task('t1', { output: 'answer 2' })], [said('h1 gave answer 1')]),
  },
  { wrong: 'wrongResults', given: handedOff([task('t1')], [said('h1 gave answer 2'), said('answer 1')]) },
  { wrong: 'wrongResults', given: handedOff([task('t1')], []) },
  { wrong: 'secondWorkers', given: handedOff([task('t1'), task('t2')], [said('h1 gave answer 1')]) },
])('a handoff with $wrong is seen', ({ wrong, given }) => {
  expect(wrongIn(given)).toEqual([wrong]);
});
