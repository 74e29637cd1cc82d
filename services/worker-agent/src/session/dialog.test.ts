import { readFileSync } from 'node:fs';
import { providers } from '@cao/providers';
import { screenOf } from '@cao/providers/testing';
import { expect, test } from 'vitest';
import { dialogOf, showsApproval } from './dialog.ts';

const { claude_code: claude } = providers;
const fixtures = new URL('../../../../packages/providers/src/claude-code/fixtures/screens/', import.meta.url);
const ansiOf = (name: string) =>
  (JSON.parse(readFileSync(new URL(`${name}.json`, fixtures), 'utf8')) as { ansi: string }).ansi;
const lookAt = (ansi: string) => {
  const shown = screenOf(ansi);
  return { shown, reading: claude.readScreen(shown) };
};
const dialogIn = (ansi: string) => {
  const { shown, reading } = lookAt(ansi);
  return dialogOf(shown, reading);
};

const asked = ansiOf('permission-2.1.330').replace(/\u001b\[[0-9;:]*m/g, '');

test('a dialog is the same when another line of it is chosen, and another one when it asks for something else', () => {
  const moved = asked.replace('❯ 1. Yes', '  1. Yes').replace('  4. No', '❯ 4. No');
  expect(moved).not.toBe(asked);
  expect(dialogIn(asked)).not.toBeNull();
  expect(dialogIn(moved)).toBe(dialogIn(asked));
  expect(dialogIn(asked.replaceAll('touch by-key', 'touch something'))).not.toBe(dialogIn(asked));
});

test.each(['idle-2.1.330', 'processing-2.1.330', 'draft-2.1.330'])('%s is no dialog', (name) => {
  expect(dialogIn(ansiOf(name))).toBeNull();
});

test.each([
  ['its command', { command: 'touch by-key', description: 'ask' }, true],
  ['another command', { command: 'rm -rf /', description: 'ask' }, false],
  ['one of two commands that stand further up', { command: 'touch by-hook', description: '' }, false],
  ['a file by its name, and what is written', { file_path: '/home/u/by-key', content: 'touch' }, true],
  ['nothing', {}, false],
])('a dialog shows %s', (_, input, isShown) => {
  const { shown, reading } = lookAt(asked);
  expect(showsApproval(shown, reading, { tool: 'Bash', input })).toBe(isShown);
});
