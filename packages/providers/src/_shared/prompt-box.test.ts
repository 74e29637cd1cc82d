import { expect, test } from 'vitest';
import { screenOf } from '../testing/ansi-screen.ts';
import { findPromptBox } from './prompt-box.ts';

const rule = '─'.repeat(60);
const screen = (...rows: readonly string[]) => screenOf(rows.join('\n'));

test('a text that holds a rule is in the box with all of its rows', () => {
  const box = findPromptBox(
    screen(
      'before',
      rule,
      '❯ it said last: ❯ Type a prompt · ────────',
      `  ${'─'.repeat(40)} · working)`,
      rule,
      'footer',
    ),
  );
  expect(box?.text).toBe(`it said last: ❯ Type a prompt · ────────\n${'─'.repeat(40)} · working)`);
  expect(box).toMatchObject({ above: ['before'], below: ['footer'] });
});

test('a rule may have a label; where a dialog stands there is no box', () => {
  expect(findPromptBox(screen(`${rule} a name ──`, '❯ x', rule))?.text).toBe('x');
  expect(findPromptBox(screen(rule, 'Do you want to proceed?', rule))).toBeNull();
});
