import { expect, test } from 'vitest';
import { approvalInput, approvalToolName } from './approvals.ts';

test.each([
  ['what a CLI sends', { command: 'rm -rf x', timeout: 5, list: [true, null] }],
  ['a text', 'Do you want to proceed?'],
  ['nothing', null],
])('%s stays as it is', (_, input) => {
  expect(approvalInput(input)).toEqual({ input, cut: false });
});

test('control characters become visible, in names too', () => {
  const { input, cut } = approvalInput({ 'a\u001b[2J': 'b\u0000\r\nc' });
  expect(input).toEqual({ 'a␛[2J': 'b␀\nc' });
  expect(cut).toBe(false);
});

const deep = (levels: number): unknown => (levels === 0 ? { leaf: 1 } : { down: deep(levels - 1) });
test.each([
  ['a long text', { content: 'x'.repeat(100_000) }],
  ['half of a pair at the cut', { content: `${'x'.repeat(3_998)}😀😀` }],
  ['many texts', Array.from({ length: 90 }, () => 'y'.repeat(900))],
  ['a long list', Array.from({ length: 5_000 }, (_, n) => n)],
  ['many names', Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`name${n}`, n]))],
  ['a deep nest', deep(50)],
])('%s is cut, says so, and is not cut again', (_, given) => {
  const once = approvalInput(given);
  expect(once.cut).toBe(true);
  expect(JSON.stringify(once.input).length).toBeLessThan(20_000);
  expect(JSON.stringify(once.input).isWellFormed()).toBe(true);
  expect(approvalInput(once.input)).toEqual({ input: once.input, cut: false });
});

test('what is no JSON is told as text', () => {
  expect(approvalInput({ n: Number.NaN, f: undefined, b: 1n }).input).toEqual({ n: 'NaN', f: null, b: '1' });
});

test('the name of a tool is one short line', () => {
  expect(approvalToolName('Bash\n\u0007')).toBe('Bash ␇');
  expect(approvalToolName('x'.repeat(1_000))).toHaveLength(200);
});
