import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LaunchPlan } from '@cao/providers';
import { silentLogger } from '@cao/runtime';
import { openTmux } from '@cao/terminal';
import { expect, onTestFinished, test } from 'vitest';
import { launchScript } from '../src/session/launch-script.ts';

const PROGRAM = join(import.meta.dirname, 'programs/two-in-one.mjs');

interface Note {
  readonly role: 'serve' | 'attached' | 'alone';
  readonly pid: number;
  readonly what: string;
}

/** A pane in which the program of a plan with a server runs, and has said so. */
async function aPane(serverArgs: (socket: string) => readonly string[]) {
  const dir = mkdtempSync(join(tmpdir(), 'cao-server-'));
  const [notes, socket, script] = [join(dir, 'notes'), join(dir, 'it.sock'), join(dir, 'launch.sh')];
  writeFileSync(notes, '');
  const tmux = openTmux({
    socket: { path: join(dir, 'tmux.sock') },
    home: dir,
    path: '/usr/local/bin:/usr/bin:/bin',
    log: silentLogger,
  });
  await tmux.start();
  onTestFinished(async () => {
    await tmux.kill();
    rmSync(dir, { recursive: true });
  });
  const run = (role: Note['role'], ...args: readonly string[]) => [
    process.execPath,
    PROGRAM,
    role,
    notes,
    ...args,
  ];
  const plan: LaunchPlan = {
    argv: run('alone'),
    server: { argv: run('serve', ...serverArgs(socket)), socket, attached: run('attached') },
    env: {},
    unsetEnv: [],
    files: [],
  };
  writeFileSync(script, launchScript(plan, { PATH: '/usr/bin:/bin' }, [], 1));
  const up = new Promise<void>((resolve) => tmux.on('output', () => resolve()));
  const dead = new Promise<{ signal: number | null }>((resolve) => tmux.on('dead', resolve));
  const pane = await tmux.birth({
    session: 'cao-x',
    id: 'a1b2c3d4',
    epoch: 1,
    cwd: dir,
    argv: ['/bin/sh', script],
  });
  const read = (): Note[] =>
    readFileSync(notes, 'utf8')
      .trim()
      .split('\n')
      .flatMap((line) => (line === '' ? [] : (JSON.parse(line) as Note)));
  /** Resolves when what they have told is enough. */
  const told = (isEnough: (told: readonly Note[]) => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!isEnough(read())) return;
        changes.close();
        resolve();
      };
      const changes = watch(notes, look);
      look();
    });
  const pidOf = (role: Note['role']): number => read().find((note) => note.role === role)?.pid ?? 0;
  await up;
  /** Resolves when the server is gone: the kernel closes what it had open. */
  const serverGone = async () => {
    const client = connect(socket);
    await once(client, 'connect');
    return { gone: once(client, 'close') };
  };
  return { tmux, pane, dead, read, told, pidOf, serverGone, socket };
}

test('the terminal is attached to its server once that listens, and is what the pane runs', async () => {
  const { pane, pidOf, read, socket } = await aPane((path) => [path]);
  expect(pidOf('attached')).toBe(pane.pid);
  expect(read().map(({ role }) => role)).toEqual(['serve', 'attached']);
  expect(existsSync(socket)).toBe(true);
});

test('where the server does not come up, the CLI runs by itself', async () => {
  const { pane, pidOf, read } = await aPane(() => []);
  expect(pidOf('alone')).toBe(pane.pid);
  expect(read().map(({ role }) => role)).toEqual(['alone']);
});

test('a server that hangs before it listens is ended, and the CLI runs by itself', async () => {
  const { pane, pidOf, told } = await aPane(() => ['hang']);
  expect(pidOf('alone')).toBe(pane.pid);
  await told((notes) => notes.filter(({ what }) => what === 'SIGTERM').length === 2);
});

test('whatever kills the one in the pane, its server ends, also in the middle of its work', async () => {
  const { pane, serverGone, dead } = await aPane((path) => [path]);
  const { gone } = await serverGone();
  process.kill(pane.pid, 'SIGKILL');
  await dead;
  await gone;
});

test('a pane that is closed takes its server along', async () => {
  const { tmux, pane, serverGone } = await aPane((path) => [path]);
  const { gone } = await serverGone();
  await tmux.close(pane);
  await gone;
});

test('a server that dies ends the one in the pane, which would look alive', async () => {
  const { pidOf, dead } = await aPane((path) => [path]);
  process.kill(pidOf('serve'), 'SIGKILL');
  expect(await dead).toMatchObject({ signal: 15 });
});
