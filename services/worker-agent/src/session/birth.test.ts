import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { providers } from '@cao/providers';
import { silentLogger } from '@cao/runtime';
import { fakeTerminal } from '@cao/terminal/testing';
import { expect, onTestFinished, test } from 'vitest';
import { watchDisk } from '../state/disk.ts';
import { makeStateFiles } from '../state/files.ts';
import { birthOf } from './birth.ts';

/** A host with kimi on it, and how a terminal is born there. */
async function aHost() {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'cao-birth-')));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const stateDir = join(dir, 'state');
  const disk = watchDisk(stateDir, silentLogger);
  onTestFinished(() => disk.stop());
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
        checkpoint: null,
      },
      null,
      null,
    );
  return { dir, stateDir, disk, tmux, born };
}

test('a working directory behind a link is the one that the CLI will see, and trust', async () => {
  const { dir, stateDir, born } = await aHost();
  mkdirSync(join(dir, 'real'));
  symlinkSync(join(dir, 'real'), join(dir, 'link'));
  const { record } = await born(join(dir, 'link'), 'a1b2c3d4');
  expect(record.cwd).toBe(join(dir, 'real'));
  await born(join(dir, 'real'), 'b1b2c3d4');
  const trusted = (terminal: string) =>
    readdirSync(join(stateDir, 'terminals', `${terminal}-1`, 'home/workspace-trust'));
  expect(trusted('a1b2c3d4')).toEqual(trusted('b1b2c3d4'));
});

test('a terminal whose files the disk does not take is not born, and leaves nothing behind', async () => {
  const { dir, stateDir, disk, tmux, born } = await aHost();
  mkdirSync(join(stateDir, 'providers'), { recursive: true });
  writeFileSync(join(stateDir, 'providers', 'kimi'), 'in the way');
  await expect(born(dir, 'a1b2c3d4')).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('its disk does not take writes'),
  });
  expect(await tmux.list()).toEqual([]);
  expect(existsSync(join(stateDir, 'terminals', 'a1b2c3d4-1'))).toBe(false);

  rmSync(join(stateDir, 'providers', 'kimi'));
  await born(dir, 'a1b2c3d4');
  expect(await tmux.list()).toHaveLength(1);
  expect(disk.trouble()?.records ?? 0).toBe(0);
});
