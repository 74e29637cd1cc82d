import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@cao/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { preparePlace } from '../src/up/postgres/place.ts';
import { isAlive } from '../src/up/postgres/postmaster.ts';
import { cao, type Ended, startCao, type TempHome, tempHome } from './support/cao.ts';

/** A whole CAO from this tree: its own database, api, scheduler, worker-agent. Shared by the stories of this file. */
let home: TempHome;
let port: string;
const run = (...args: string[]): Promise<Ended> => cao(args, { home: home.dir });
const up = () => startCao(['up', '--port', port], { home: home.dir });

beforeAll(async () => {
  home = tempHome();
  port = String(await freePort());
});
afterAll(async () => {
  await run('down');
  // A worker-agent leaves its tmux server to the agents in it.
  await new Promise<void>((resolve) => {
    execFile('tmux', ['-S', join(home.dir, 'agent', 'tmux.sock'), 'kill-server'], () => resolve());
  });
  // Root's databases lie outside of CAO_HOME.
  await rm((await preparePlace(home.dir)).base, { recursive: true, force: true });
  home[Symbol.dispose]();
});

test('up prints a login link that logs in, makes this machine a host, and down ends it all', async () => {
  await using running = up();
  await running.says('the login link');
  const pids = await childrenOf(running.pid);
  expect(pids, 'database, api, scheduler, worker-agent').toHaveLength(4);
  for (const name of ['token', 'cli.json']) expect(statSync(join(home.dir, name)).mode & 0o777).toBe(0o600);

  const { hosts } = JSON.parse((await run('host', 'list', '--json')).stdout);
  expect(hosts).toMatchObject([{ state: 'online' }]);

  using other = tempHome();
  const link = (await run('login', '--link')).stdout.trim();
  expect(await cao(['login', link], { home: other.dir })).toMatchObject({ code: 0 });
  expect(await cao(['login', link], { home: other.dir })).toMatchObject({ code: 3 });
  expect((await cao(['host', 'list', '--json'], { home: other.dir })).code).toBe(0);

  const second = await cao(['up', '--port', port], { home: home.dir });
  expect(second.code).toBe(5);
  expect(second.stderr).toContain(`process ${running.pid}) at http://127.0.0.1:${port}`);
  const taken = await cao(['up', '--port', port], { home: other.dir });
  expect(taken.code).toBe(5);
  expect(taken.stderr).toContain(`port ${port} on 127.0.0.1 is in use`);

  expect(await run('down')).toMatchObject({ code: 0 });
  expect((await running.ended).code).toBe(0);
  // They have ended; that nobody's child has gone too is up to init.
  for (const pid of pids) await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  expect((await run('down')).stderr).toContain('nothing runs');
});

test('up --detach returns when all is ready, with what was there before, and a dead api comes back', async () => {
  const started = await run('up', '--detach', '--port', port);
  expect(started).toMatchObject({ code: 0 });
  expect(started.stdout).toContain(`http://127.0.0.1:${port}/login#`);
  const { hosts } = JSON.parse((await run('host', 'list', '--json')).stdout);
  expect(hosts).toHaveLength(1);

  const api = /"pid":(\d+)/.exec(
    readFileSync(join(home.dir, 'logs', 'api.log'), 'utf8')
      .trim()
      .split('\n')
      .at(-1)!,
  )!;
  process.kill(Number(api[1]), 'SIGKILL');
  await expect.poll(async () => (await run('host', 'list')).code, { timeout: 20_000 }).toBe(0);
  expect(readFileSync(join(home.dir, 'logs', 'up.log'), 'utf8')).toContain('api ended (killed by SIGKILL)');
  expect(await run('down')).toMatchObject({ code: 0 });
});

test('Ctrl-C while it starts leaves nothing running', async () => {
  await using running = up();
  await expect.poll(() => existsSync(join(home.dir, 'up.sock')), { timeout: 20_000 }).toBe(true);
  running.signal('SIGINT');
  expect((await running.ended).code).toBe(130);
  expect(await childrenOf(running.pid)).toEqual([]);
  expect((await run('host', 'list')).code).toBe(6);
});

test('a Ctrl-C that a parent passes on as well is one request: all of it stops, the database too', async () => {
  await using running = up();
  await running.says('the login link');
  const pids = await childrenOf(running.pid);
  running.signal('SIGINT');
  await running.says('stopping');
  running.signal('SIGINT');
  await running.ended;
  expect(pids).toHaveLength(4);
  for (const pid of pids) await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
});

test('the demo answers right and leaves nothing behind', async () => {
  const { code, stdout, stderr } = await cao(['up', '--demo']);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'The developers said four and five; the reviewer makes it nine.\n',
  });
  for (const step of [
    'runs on demo-north',
    'runs on demo-south',
    'has a message from',
    'gets a handoff',
    'no AI',
  ])
    expect(stderr).toContain(step);
  const [, database] = /making a database in (\S+)/.exec(stderr)!;
  expect(existsSync(database!)).toBe(false);
});

/** Processes that this one started and that still run. Units: pid. */
function childrenOf(pid: number): Promise<number[]> {
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'pid=', '--ppid', String(pid)], (_error, stdout) =>
      resolve(
        stdout
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map(Number),
      ),
    );
  });
}
