import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { providers } from '@cao/providers';
import { silentLogger } from '@cao/runtime';
import { fakeTerminal } from '@cao/terminal/testing';
import { expect, onTestFinished, test } from 'vitest';
import { watchDisk } from '../state/disk.ts';
import { makeStateFiles } from '../state/files.ts';
import { birthOf } from './birth.ts';

test('a working directory behind a link is the one that the CLI will see, and trust', async () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'cao-birth-')));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  mkdirSync(join(dir, 'real'));
  symlinkSync(join(dir, 'real'), join(dir, 'link'));
  const stateDir = join(dir, 'state');
  const disk = watchDisk(stateDir, silentLogger);
  const files = makeStateFiles(stateDir, disk);
  const tmux = fakeTerminal();
  await tmux.start();
  onTestFinished(() => tmux.stop());
  const born = (cwd: string, terminal: string) =>
    birthOf(
      {
        tmux,
        disk,
        files,
        detected: { provider: providers.kimi, binaryPath: '/bin/true', version: '2.1.0', login: 'unknown' },
        userEnv: { HOME: dir },
        defaultCwd: dir,
        loopbackUrl: 'http://127.0.0.1:9',
        asRoot: false,
        limiter: { enter: () => [], verdict: () => null, leave: () => {} },
      },
      {
        do: 'start',
        terminal,
        epoch: 1,
        session: 'cao-x',
        provider: 'kimi',
        profile: { name: 'x', description: '', systemPrompt: '' },
        tools: ['*'],
        yolo: false,
        cwd,
        native_session_id: '11111111-2222-3333-4444-555555555555',
        resume: false,
        leased: false,
        workspace: null,
      },
      null,
    );
  const { record } = await born(join(dir, 'link'), 'a1b2c3d4');
  expect(record.cwd).toBe(join(dir, 'real'));
  await born(join(dir, 'real'), 'b1b2c3d4');
  const trusted = (terminal: string) =>
    readdirSync(join(stateDir, 'terminals', `${terminal}-1`, 'home/workspace-trust'));
  expect(trusted('a1b2c3d4')).toEqual(trusted('b1b2c3d4'));
});
