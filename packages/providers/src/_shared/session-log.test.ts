import { expect, test } from 'vitest';
import { text } from './json.ts';
import { sessionLog } from './session-log.ts';

const log = sessionLog({
  promptOf: (line) => (line.type === 'prompt' ? text(line.text) : null),
  answerAfter: (line, answer) =>
    line.type === 'prompt' ? null : line.type === 'answer' ? text(line.text) : answer,
});
const lines = (...told: readonly (readonly [type: string, text: string])[]) =>
  told.map(([type, text]) => JSON.stringify({ type, text }));

test('a log is its prompts, oldest first, and the answer behind the last one', () => {
  const told = lines(['prompt', 'a'], ['answer', 'A'], ['prompt', 'b'], ['answer', 'B'], ['note', 'x']);
  expect(log.prompts(told)).toEqual(['a', 'b']);
  expect(log.lastAnswer(told)).toBe('B');
  expect(log.lastAnswer(told.slice(0, 3))).toBeNull();
});

test('a log without a whole line has nothing', () => {
  for (const written of [[], ['{"type":"pro'], ['null', '[]', '3']]) {
    expect(log.prompts(written)).toEqual([]);
    expect(log.lastAnswer(written)).toBeNull();
  }
});

test('a log may say itself which of its lines happened', () => {
  const twice = sessionLog<string>({
    linesOf: (all) => [...new Set(all)],
    promptOf: (line) => line,
    answerAfter: (line, answer) => `${answer ?? ''}${line}`,
  });
  expect(twice.prompts(['a', 'a', 'b'])).toEqual(['a', 'b']);
  expect(twice.lastAnswer(['a', 'a', 'b'])).toBe('ab');
});
