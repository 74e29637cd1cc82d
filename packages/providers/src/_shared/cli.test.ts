import { expect, test } from 'vitest';
import { cli } from './cli.ts';
import { reducer } from './reactions.ts';
import { noBox, withBox } from './reading.ts';
import { typing } from './typing.ts';

const words = {
  id: 'scripted',
  title: 'Example',
  login: [],
  launch: () => ({ argv: ['/example'], env: {}, unsetEnv: [], files: [] }),
  next: reducer({}),
  readScreen: () => noBox('unknown', ''),
  submit: { afterReadyMs: 0, settleMs: 0, proofMs: 0, ...typing({ fronts: [] }) },
  clearInput: { keys: ['C-u'] },
  answer: () => ({ reply: null, keys: [] }),
} as const;

const screen = { cols: 1, rows: [], cursor: { x: 0, y: 0 }, alternate: false, title: '' };

test('a CLI that says nothing special is what most are', () => {
  const usual = cli(words);
  expect(usual.detect.parse('1.2.3-beta\n')).toBe('1.2.3-beta');
  expect(usual.detect.parse('example 1.2.3')).toBeNull();
  expect(usual.binary).toBe('scripted');
  expect(usual).toMatchObject({ log: null, resumes: true, interrupt: { keys: ['Escape'] } });
  expect(usual.reconcile({ screen, logTail: [] })).toMatchObject({ status: 'unknown', source: 'screen' });
});

test('a CLI that remembers its turns finds them again in its log', () => {
  const found = cli({
    ...words,
    readScreen: () => withBox('idle', '>', ''),
    lastTurn: (lines: readonly string[]) =>
      lines.length > 0 ? { isOver: lines.length > 1, memo: { turn: lines.length } } : null,
  });
  const state = (logTail: readonly string[]) => found.reconcile({ screen, logTail });
  expect(state([]).memo).toBeUndefined();
  expect(state(['1'])).toMatchObject({ status: 'idle', memo: { turn: 1 } });
  expect(state(['1', '2'])).toMatchObject({ status: 'completed', memo: { turn: 2 } });
});

test('the files of a conversation have its id in their paths', () => {
  const kept = cli({ ...words, keeps: ({ keepDir }) => `${keepDir}/chats` });
  const at = { nativeSessionId: 'id', cwd: '/w', home: '/h', env: {}, keepDir: '/k' };
  expect(kept.conversation?.(at)).toEqual({ root: '/k/chats', holds: 'id' });
  expect(cli(words).conversation).toBeUndefined();
});

test('a CLI that differs says so, and what describes it is no part of it', () => {
  const special = cli({ ...words, version: /^v(.*)$/, resumes: false, interrupt: { keys: ['C-c'] } });
  expect(special).toMatchObject({ resumes: false, interrupt: { keys: ['C-c'] } });
  expect(special.detect.parse('v7')).toBe('7');
  expect(special).not.toHaveProperty('version');
});
