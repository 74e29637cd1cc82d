import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Screen } from '@cao/contracts';
import type { ScreenReading } from '@cao/providers';
import { silentLogger } from '@cao/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { openRecorder } from './recorder.ts';

const plain = { dim: false, bold: false, inverse: false, fg: null, bg: null };
const screen: Screen = {
  cols: 80,
  cursor: { x: 0, y: 0 },
  alternate: false,
  title: 'a title',
  rows: [
    { text: 'text', runs: [{ text: 'text', ...plain }] },
    { text: 'dim', runs: [{ text: 'dim', ...plain, dim: true }] },
  ],
};
const reading: ScreenReading = { status: 'idle', input: 'empty', inputText: '', evidence: '>' };

test('what a CLI says, shows and becomes is written down in order, without the token of its terminal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cao-recorder-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const of = {
    terminal: 'a1b2c3d4',
    epoch: 2,
    provider: 'scripted',
    secret: 'caot_secret',
    log: silentLogger,
  };
  const recorder = openRecorder(folder, of);
  recorder.signal({ source: 'hook', name: 'Stop', body: { token: 'caot_secret' } });
  recorder.signal({ source: 'log', line: '{"a":1}' });
  recorder.signal({ source: 'api', body: { type: 'x' } });
  recorder.look(screen, reading, 5);
  recorder.look({ ...screen, title: 'another' }, reading, 6);
  recorder.became('idle', 5);

  expect(readdirSync(folder)).toEqual(['a1b2c3d4-2.jsonl']);
  const file = join(folder, 'a1b2c3d4-2.jsonl');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  expect(lines.map((line) => ({ ...JSON.parse(line), t: 0 }))).toEqual([
    { t: 0, provider: 'scripted' },
    { t: 0, hook: 'Stop', body: { token: '<token>' } },
    { t: 0, line: '{"a":1}' },
    { t: 0, api: { type: 'x' } },
    {
      t: 0,
      drawn: 5,
      screen: { rows: ['text', [{ text: 'dim', ...plain, dim: true }]], title: 'a title', alternate: false },
    },
    { t: 0, drawn: 6, screen: 'same' },
    { t: 0, status: 'idle', heard: 5 },
  ]);
});
