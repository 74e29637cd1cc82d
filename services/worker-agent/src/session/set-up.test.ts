import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Provider, providers } from '@cao/providers';
import { silentLogger } from '@cao/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { makeSetUp } from './set-up.ts';

/** A CLI that notes each of its runs, and what each of them is to do then. */
function aCli(body: string) {
  const home = mkdtempSync(join(tmpdir(), 'cao-set-up-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const binaryPath = join(home, 'cli');
  writeFileSync(binaryPath, `#!/bin/sh\necho "$PWD $*" >> "$HOME/runs"\n${body}\n`);
  chmodSync(binaryPath, 0o700);
  const provider: Provider = { ...providers.scripted, setUp: ['db', 'path'] };
  return {
    home,
    detected: { provider, binaryPath },
    setUp: makeSetUp({ HOME: home, PATH: '/usr/bin:/bin' }, silentLogger),
    runs: () => {
      const file = join(home, 'runs');
      return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    },
  };
}

test('is done once however many start at once, in the home of the user, and all wait for its end', async () => {
  const { home, detected, setUp, runs } = aCli('cat; touch "$HOME/done"');
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      await setUp(detected);
      expect(existsSync(join(home, 'done'))).toBe(true);
    }),
  );
  await setUp(detected);
  expect(runs()).toEqual([`${home} db path`]);
});

test('is done again while it fails, and by a new version', async () => {
  const { detected, setUp, runs } = aCli('[ $(wc -l < "$HOME/runs") -ge 2 ]');
  await setUp(detected);
  expect(runs()).toHaveLength(2);
  utimesSync(detected.binaryPath, 1, 1);
  await setUp(detected);
  expect(runs()).toHaveLength(3);
});

test('holds up nobody who cannot be set up, nor a CLI that needs none', async () => {
  const failing = aCli('exit 1');
  await failing.setUp(failing.detected);
  expect(failing.runs()).toHaveLength(3);
  const { detected, setUp, runs } = aCli('');
  await setUp({ ...detected, provider: providers.scripted });
  expect(runs()).toEqual([]);
});
