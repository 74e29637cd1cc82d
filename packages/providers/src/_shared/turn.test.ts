import { expect, test } from 'vitest';
import { initial, inSession, note } from './state.ts';
import { announced, announcedTool, triesAgain, works } from './turn.ts';

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
