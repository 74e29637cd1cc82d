import { expect, test } from 'vitest';
import { ask, initial, inSession, note } from './state.ts';
import { announced, announcedTool, triesAgain, turnBegan, turnOver, works } from './turn.ts';

const said = { source: 'hook', evidence: 'X' } as const;

test('a tool that was announced is the one that is asked about', () => {
  const body = { tool_name: 'Shell', tool_input: { command: 'x' } };
  expect(announcedTool(note(initial, announced(body)), 'else')).toEqual({
    tool: 'Shell',
    input: { command: 'x' },
  });
  expect(announcedTool(note(initial, announced(body, 5)), 'else')).toEqual({ tool: 'Shell', input: 'else' });
  expect(announcedTool(initial, undefined)).toEqual({ tool: '', input: null });
});

test('a turn that runs goes on, and one that does not begins', () => {
  const working = works(initial, said);
  expect(working).toMatchObject({ status: 'processing', evidence: 'X' });
  expect(works(working, { ...said, evidence: 'Y' })).toBe(working);
});

test('why a model is asked again is told when it changes', () => {
  expect(triesAgain(initial, null)).toBe(initial);
  const trying = triesAgain(initial, '2 of 3');
  expect(trying.retries).toBe('2 of 3');
  expect(triesAgain(trying, null).retries).toBeNull();
});

test('a conversation is told once, and another one begins with a memo of its own', () => {
  const first = inSession(initial, 'a', '/a.jsonl', { turn: -1 });
  expect(first).toMatchObject({
    state: { memo: { session: 'a', turn: -1 } },
    effects: [{ kind: 'session', nativeId: 'a', logPath: '/a.jsonl' }],
  });
  const later = note(first.state, { turn: 7 });
  expect(inSession(later, 'a', '/a.jsonl', { turn: -1 })).toEqual({ state: later, effects: [] });
  expect(inSession(later, 'b').effects).toEqual([{ kind: 'session', nativeId: 'b', logPath: null }]);
});

test.each([
  ['numbers', 1, 2],
  ['names', 'b', 'a'],
])('of turns that are told by %s the first word counts', (_, first, second) => {
  const begun = turnBegan(initial, said, first, { stopped: '' }).state;
  expect(begun).toMatchObject({ status: 'processing', memo: { turn: first, stopped: '' } });
  expect(turnBegan(begun, { ...said, evidence: 'later' }, first).state).toBe(begun);
  const over = turnOver(begun, said, first, { answer: 'yes' });
  expect(over).toMatchObject({
    state: { status: 'completed' },
    effects: [{ kind: 'turn_ended', answer: 'yes' }],
  });
  for (const late of [turnBegan(over.state, said, first), turnOver(over.state, said, first, {})])
    expect(late).toEqual({ state: over.state, effects: [] });
  // The end of one that is behind the next is told, and ends that one only.
  const next = turnBegan(begun, said, second).state;
  expect(turnOver(next, said, first, { answer: 'yes' })).toMatchObject({
    state: { status: 'processing', memo: { turn: second } },
    effects: [{ kind: 'turn_ended', answer: 'yes' }],
  });
});

test('a beginning that is told behind a question of its turn leaves it open', () => {
  const asking = ask(initial, said, { tool: 'Shell', input: null });
  expect(turnBegan(asking, said, 1).state).toMatchObject({
    status: 'waiting_user_answer',
    memo: { turn: 1 },
  });
});
