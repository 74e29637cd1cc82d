import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { superviseChild } from '../src/up/child.ts';

let dir: string;
let said: string[];
let hear: (line: string) => void;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cao-child-'));
  said = [];
  hear = () => {};
});
afterEach(() => rmSync(dir, { recursive: true }));

const supervise = (program: string) => {
  const file = join(dir, 'program.mjs');
  writeFileSync(file, program);
  return superviseChild({
    name: 'thing',
    argv: [file],
    env: { DIR: dir },
    logFile: join(dir, 'thing.log'),
    say: (line) => {
      said.push(line);
      hear(line);
    },
  });
};

/** Writes a line per start, is ready, and ends at SIGTERM with a word. */
const SERVICE = `
  import { appendFileSync } from 'node:fs';
  appendFileSync(process.env.DIR + '/starts', process.pid + '\\n');
  process.on('SIGTERM', () => { console.log('goodbye'); process.exit(0); });
  setInterval(() => {}, 1e9);
  process.send({ type: 'ready', pid: process.pid });
`;
const starts = () => readFileSync(join(dir, 'starts'), 'utf8').trim().split('\n');

test('what dies without being asked is started again and said, and what is asked to stop is not', async () => {
  const child = supervise(SERVICE);
  const { pid } = await child.ready;
  const told = new Promise<string>((resolve) => {
    hear = resolve;
  });
  process.kill(Number(pid), 'SIGKILL');
  expect(await told).toContain('thing ended (killed by SIGKILL); starting it again in 0.2 s');
  await expect.poll(() => starts().length).toBe(2);
  await expect.poll(() => child.pid).toBe(Number(starts()[1]));
  await child.stop();
  expect(child.pid).toBeUndefined();
  expect(said).toHaveLength(1);
  expect(statSync(join(dir, 'thing.log')).mode & 0o777).toBe(0o600);
});

test('what says that it begins again is started again at once, and said so', async () => {
  const child = supervise(`
    import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
    const once = process.env.DIR + '/once';
    appendFileSync(process.env.DIR + '/starts', process.pid + '\\n');
    process.on('SIGTERM', () => process.exit(0));
    process.on('disconnect', () => process.exit(0));
    const again = () => process.send({ type: 'restarting', why: 'a better one' }, () => process.exit(0));
    process.send({ type: 'ready' }, () => {
      if (existsSync(once)) return;
      writeFileSync(once, '');
      again();
    });
  `);
  await child.ready;
  await expect.poll(() => starts().length).toBe(2);
  expect(said).toEqual(['thing begins again: a better one']);
  await child.stop();
});

test('stopping lets it finish, and stopping twice is stopping once', async () => {
  const child = supervise(SERVICE);
  await child.ready;
  await Promise.all([child.stop(), child.stop()]);
  expect(readFileSync(join(dir, 'thing.log'), 'utf8')).toBe('goodbye\n');
});

test('one that cannot start is told with the end of its log, and not started again', async () => {
  const child = supervise(
    `console.error(JSON.stringify({ msg: 'the thing ends', err: { message: 'no disk' } })); process.exit(3);`,
  );
  await expect(child.ready).rejects.toMatchObject({
    code: 'unavailable',
    message: 'thing could not start (exit code 3)\n    the thing ends: no disk',
    next: `Its log is ${join(dir, 'thing.log')}.`,
  });
  await child.stop();
  expect(said).toEqual([]);
});

test.each([
  [`throw new TypeError('no such table');`, 'TypeError: no such table'],
  [`throw new Error('outer', { cause: new TypeError('inner') });`, '[cause]: TypeError: inner'],
  [`throw Object.assign(new Error('outer'), { cause: new TypeError('inner') });`, 'cause: TypeError: inner'],
])('an error that nobody caught is told by its cause, without a stack: %s', async (program, told) => {
  const child = supervise(program);
  await expect(child.ready).rejects.toMatchObject({
    message: `thing could not start (exit code 1)\n    ${told}`,
  });
});
