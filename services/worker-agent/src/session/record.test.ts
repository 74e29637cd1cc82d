import { existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@cao/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { watchDisk } from '../state/disk.ts';
import { makeStateFiles } from '../state/files.ts';
import { readRecord, removeTerminalDir, type TerminalRecord, terminalDir, writeRecord } from './record.ts';

test('a terminal that goes takes its links in the user’s folders along, and nothing else of them', () => {
  const root = mkdtempSync(join(tmpdir(), 'cao-record-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const [state, agents] = [join(root, 'state'), join(root, 'agents')];
  const files = makeStateFiles(state, watchDisk(state, silentLogger));
  const dir = terminalDir(state, 'a1b2c3d4', 1);
  mkdirSync(dir, { recursive: true });
  mkdirSync(agents);
  writeFileSync(join(dir, 'agent.json'), '{}');
  writeFileSync(join(agents, 'mine.json'), '{}');
  const link = join(agents, 'cao-a1b2c3d4.json');
  symlinkSync(join(dir, 'agent.json'), link);
  const record = {
    id: 'a1b2c3d4',
    epoch: 1,
    provider: 'q',
    outside: [link, join(agents, 'never-made.json')],
  };
  writeRecord(files, record as unknown as TerminalRecord);

  removeTerminalDir(files, 'a1b2c3d4', 1);

  expect(lstatSync(link, { throwIfNoEntry: false })).toBeUndefined();
  expect(existsSync(join(agents, 'mine.json'))).toBe(true);
  expect(existsSync(dir)).toBe(false);
});

test('a record of an agent that knew no such links has none', () => {
  const state = mkdtempSync(join(tmpdir(), 'cao-record-'));
  onTestFinished(() => rmSync(state, { recursive: true }));
  const files = makeStateFiles(state, watchDisk(state, silentLogger));
  mkdirSync(terminalDir(state, 'a1b2c3d4', 1), { recursive: true });
  writeRecord(files, { id: 'a1b2c3d4', epoch: 1 } as unknown as TerminalRecord);
  expect(readRecord(files, 'a1b2c3d4', 1)?.outside).toEqual([]);
});
