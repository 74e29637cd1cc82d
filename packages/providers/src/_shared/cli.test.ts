import { expect, test } from 'vitest';
import { cli } from './cli.ts';
import { reducer } from './reactions.ts';
import { noBox } from './reading.ts';
import { typing } from './typing.ts';

const words = {
  id: 'scripted',
  title: 'Example',
  binary: 'example',
  version: /^example (\d+)$/,
  login: [],
  launch: () => ({ argv: ['/example'], env: {}, unsetEnv: [], files: [] }),
  next: reducer({ screen: {} }),
  readScreen: () => noBox('unknown', ''),
  submit: {
    afterReadyMs: 0,
    afterTools: true,
    settleMs: 0,
    proofMs: 0,
    maxCarriageReturns: 1,
    ...typing({ fronts: [] }),
  },
  clearInput: { keys: ['C-u'] },
  maxCallMs: 1,
  answer: () => ({ reply: null, keys: [] }),
} as const;

test('a CLI that says nothing special is what most are', () => {
  const usual = cli(words);
  expect(usual.detect.parse('example 7\n')).toBe('7');
  expect(usual).toMatchObject({ log: null, resumes: true, interrupt: { keys: ['Escape'] } });
  const screen = { cols: 1, rows: [], cursor: { x: 0, y: 0 }, alternate: false, title: '' };
  expect(usual.reconcile({ screen, logTail: [] })).toMatchObject({ status: 'unknown', source: 'screen' });
});

test('a CLI that differs says so, and what describes it is no part of it', () => {
  const special = cli({ ...words, resumes: false, interrupt: { keys: ['C-c'] } });
  expect(special).toMatchObject({ resumes: false, interrupt: { keys: ['C-c'] } });
  expect(special).not.toHaveProperty('version');
});
