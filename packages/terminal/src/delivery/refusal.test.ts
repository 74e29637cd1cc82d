import { describe, expect, it } from 'vitest';
import { refusalOf } from './refusal.ts';

const pane = { id: 'a1', epoch: 2, pane: '%1', window: '@1', pid: 1 };
const fine = {
  id: 'a1',
  epoch: 2,
  seq: 4,
  sent: 4,
  dead: false,
  inMode: false,
  inputOff: false,
  bracketed: true,
};

describe('a refusal', () => {
  it.each([
    ['no_pane', null],
    ['wrong_epoch', { ...fine, epoch: 3, seq: 9 }],
    ['cursor_ahead', { ...fine, seq: 5, dead: true }],
    ['cursor_behind', { ...fine, seq: 3, dead: true }],
    ['dead', { ...fine, sent: 3, dead: true, inMode: true }],
    ['unsent', { ...fine, sent: 3, inMode: true }],
    ['copy_mode', { ...fine, inMode: true, inputOff: true }],
    ['input_off', { ...fine, inputOff: true, bracketed: false }],
    ['no_bracketed_paste', { ...fine, bracketed: false }],
  ] as const)('%s is named although less lasting reasons hold too', (reason, state) => {
    expect(refusalOf(pane, { seq: 4, sent: 4 }, state)).toBe(reason);
  });

  it('calls a submit that was done before cursor_ahead', () => {
    expect(refusalOf(pane, { seq: 4, sent: 3 }, fine)).toBe('cursor_ahead');
  });
});
