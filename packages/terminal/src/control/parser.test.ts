import { describe, expect, it } from 'vitest';
import { ControlParser } from './parser.ts';

const STREAM = [
  '%begin 1 10 0',
  '%end 1 10 0',
  '%output %7 d\\303\\251j\\134 漢\\033[m\\015\\012',
  '%extended-output %8 12 : a : b',
  '%begin 2 11 1',
  'a screen that shows',
  '%end 2 11 0',
  '%output %1 nothing',
  '%error 2 12 1',
  '%end 2 11 1',
  '%begin 2 12 1',
  'no such pane',
  '%error 2 12 1',
  '%sessions-changed',
  '%subscription-changed name $1 @1 0 %7 : é',
  '',
].join('\n');

function parse(chunks: readonly Buffer[]): unknown[] {
  const seen: unknown[] = [];
  const output = new Map<string, Buffer[]>();
  const parser = new ControlParser({
    block: (block, ours) => seen.push({ ...block, ours }),
    output: (pane, bytes) => {
      output.set(pane, [...(output.get(pane) ?? []), bytes]);
      seen.push(`${pane} ${bytes.toString()}`);
    },
    notice: (name, rest) => seen.push(`${name}|${rest}`),
  });
  for (const chunk of chunks) parser.feed(chunk);
  return seen;
}

const EXPECTED = [
  { ok: true, lines: [], ours: false },
  '%7 déj\\ 漢\u001b[m\r\n',
  '%8 a : b',
  {
    ok: true,
    ours: true,
    lines: ['a screen that shows', '%end 2 11 0', '%output %1 nothing', '%error 2 12 1'],
  },
  { ok: false, ours: true, lines: ['no such pane'] },
  'sessions-changed|',
  'subscription-changed|name $1 @1 0 %7 : é',
];

describe('the control-mode parser', () => {
  it('reads output, blocks and notices; a screen that shows a protocol line ends no block', () => {
    expect(parse([Buffer.from(STREAM)])).toEqual(EXPECTED);
  });

  it('reads the same from chunks cut anywhere, also within a character', () => {
    const bytes = Buffer.from(STREAM);
    for (const size of [1, 2, 3, 7, 64]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      expect(parse(chunks)).toEqual(EXPECTED);
    }
  });
});
