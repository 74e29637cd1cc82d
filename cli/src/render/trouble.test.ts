import { expect, test } from 'vitest';
import { terminalView } from '../../test/support/views.ts';
import { troubleLines } from './trouble.ts';

const plain = { paint: (_: unknown, text: string) => text };

test('trouble of a terminal is told with its end and with what to do', () => {
  const failure = {
    kind: 'quota_exhausted',
    message: 'You hit your \u001b[31mlimit',
    resets_at: '2026-01-02T03:04:05.000Z',
  } as const;
  const lines = troubleLines(plain, [terminalView({ provider: 'codex', failure }), terminalView()]);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('a1b2c3d4 codex: out of quota (until 2026-01-02T03:04:05.000Z): You hit your');
  expect(lines[0]).not.toContain('\u001b');
  expect(lines[1]).toContain('provider: [a, b]');
});

test('what to do names the terminal it is about', () => {
  const failure = { kind: 'crashed', message: 'gone', resets_at: null } as const;
  expect(troubleLines(plain, [terminalView({ failure })])[1]).toContain('cao terminal output a1b2c3d4');
});
