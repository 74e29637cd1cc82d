import { describe, expect, test } from 'vitest';
import { screenOf } from '../testing/ansi-screen.ts';
import { findBox, typedIn } from './box.ts';
import { screenReader } from './screen-reader.ts';

const frame = { top: /^\+--$/, bottom: /^--\+$/, prompt: /^>/, notBelow: /^menu/ };
const boxOf = (...rows: readonly string[]) => findBox(screenOf(rows.join('\n')).rows, frame);

describe('the box of the input', () => {
  test('is the lowest one, with what stands above and below it', () => {
    const box = boxOf('+--', '> old', '--+', 'said', '+--', '> new', 'more', '--+', 'footer');
    expect(box?.inside.map((row) => row.text)).toEqual(['> new', 'more']);
    expect(box?.above).toEqual(['+--', '> old', '--+', 'said']);
    expect(box?.below).toEqual(['footer']);
  });

  test.each([
    ['without a top', ['> x', '--+']],
    ['without a bottom', ['+--', '> x']],
    ['with nothing in it', ['+--', '--+']],
    ['without its sign', ['+--', 'x', '--+']],
    ['above what never stands below it', ['+--', '> x', '--+', 'menu']],
    ['whose bottom is above its top', ['--+', '> x', '+--']],
  ])('is none %s', (_, rows) => {
    expect(boxOf(...rows)).toBeNull();
  });

  test('may begin above the edge of the screen, where a CLI lets it', () => {
    const { rows } = screenOf('> x\n--+\nfooter');
    const box = findBox(rows, { ...frame, mayBeCut: true });
    expect(box?.inside.map((row) => row.text)).toEqual(['> x']);
    expect(box).toMatchObject({ above: [], below: ['footer'] });
  });
});

test('what was typed is what stands behind the frame, without hints and strangers', () => {
  const { rows } = screenOf('| one\nx\n| (hint)\n| two');
  expect(typedIn(rows, /^\| (.*)$/)).toBe('one\n\n(hint)\ntwo');
  expect(typedIn(rows, /^\| (.*)$/, (row) => row.text.includes('hint'))).toBe('one\n\ntwo');
});

describe('a screen that is read by its looks', () => {
  const read = screenReader({
    box({ rows }) {
      const box = findBox(rows, frame);
      return box && { ...box, text: box.inside.map((row) => row.text.slice(2)).join('\n') };
    },
    work: ({ below }) => below.find((row) => row.startsWith('working')),
    rest: ({ above }) => above.at(-1) ?? '',
    retries: (_, work) => (work.includes('again') ? work : null),
    question: (rows) => rows.find((row) => row.endsWith('?')),
  });
  const reading = (...rows: readonly string[]) => read(screenOf(rows.join('\n')));

  test('waits at its box', () => {
    expect(reading('done', '+--', '> draft', '--+')).toEqual({
      status: 'idle',
      input: 'text',
      inputText: 'draft',
      evidence: 'done',
    });
  });

  test('works, and says why it tries again', () => {
    const box = ['+--', '>', '--+'];
    expect(reading(...box, 'working')).toMatchObject({ status: 'processing', input: 'empty', retries: null });
    expect(reading(...box, 'working again').retries).toBe('working again');
  });

  test('asks where there is no box, and is unknown where nothing asks', () => {
    expect(reading('sure?', '1. yes')).toMatchObject({ status: 'waiting_user_answer', evidence: 'sure?' });
    expect(reading('$ ls', '')).toMatchObject({ status: 'unknown', input: 'none', evidence: '$ ls' });
  });
});
