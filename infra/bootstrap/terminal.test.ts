import { execFileSync } from 'node:child_process';
import { watch } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { findOnPath } from './path-search.mjs';
import { type Clone, readyClone } from './testing/clone.ts';

/** Long enough for a slow machine to start npm and two Nodes; only a hang reaches it. */
const APPEARS_WITHIN_MS = 30_000;

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** A real terminal: a pane of a tmux server of this test alone, with real npm on the PATH of the clone. */
function terminalIn(clone: Clone, command: string) {
  const socket = join(clone.home, 'tmux.sock');
  const tools = ['npm', 'node', 'sh'].map((name) =>
    dirname(findOnPath(name) ?? expect.fail(`${name} is needed`)),
  );
  const PATH = [clone.bin, dirname(process.execPath), ...tools].join(':');
  const tmux = (...args: string[]) =>
    execFileSync(findOnPath('tmux') ?? 'tmux', ['-S', socket, '-f', '/dev/null', ...args], { stdio: 'pipe' });
  const env = `/usr/bin/env -i HOME=${quoted(clone.home)} PATH=${quoted(PATH)} TERM=screen`;
  tmux(
    'new-session',
    '-d',
    '-c',
    clone.folder,
    `trap : INT; ${env} ${command}; echo ended $? >> ${quoted(`${clone.home}/heard`)}`,
  );
  return {
    press: (key: string) => tmux('send-keys', key),
    [Symbol.dispose]: () => {
      try {
        tmux('kill-server');
      } catch {
        // it ends by itself with its last pane
      }
    },
  };
}

/** What the program wrote down, once it contains the word. */
async function heard(clone: Clone, word: string): Promise<string> {
  const file = join(clone.home, 'heard');
  const read = () => readFile(file, 'utf8');
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const look = () => read().then((text) => (text.includes(word) ? resolve(text) : undefined), reject);
  const watcher = watch(file, look);
  const limit = setTimeout(
    () => read().then((text) => reject(new Error(`"${word}" did not come; heard: ${text}`)), reject),
    APPEARS_WITHIN_MS,
  );
  try {
    await look(); // after the watch has begun: nothing can come between
    return await promise;
  } finally {
    watcher.close();
    clearTimeout(limit);
  }
}

const listener = (file: string) => `
  import { appendFileSync } from 'node:fs';
  const say = (text) => appendFileSync(${JSON.stringify(file)}, text + '\\n');
  let interrupts = 0;
  process.on('SIGINT', () => {
    say('INT');
    if (++interrupts === 2) process.exit(9);
    // Later than anything that npm or we might pass on.
    setTimeout(() => say('alone'), 700);
  });
  setInterval(() => {}, 1000);
  say(process.stdin.isTTY && process.stdout.isTTY ? 'has the terminal' : 'has no terminal');`;

// Interrupted, npm and its shell end with 130 whatever the script's code is; called directly, the code is the program's.
test.each([
  ['npm start', 130],
  ['node infra/bootstrap/main.mjs start', 9],
])('Ctrl-C under `%s` reaches the program once, which has the terminal', async (command, code) => {
  await using clone = await readyClone();
  await writeFile(join(clone.home, 'heard'), '');
  await clone.file('cli/src/main.js', listener(join(clone.home, 'heard')));
  await clone.file(
    'package.json',
    JSON.stringify({ name: 'x', type: 'module', scripts: { start: 'node infra/bootstrap/main.mjs start' } }),
  );
  // The dependencies are in place, so the only npm is the real one that runs the script.
  await clone.file('node_modules/.package-lock.json', '{"packages":{}}');
  await rm(join(clone.bin, 'npm'));

  using terminal = terminalIn(clone, command);
  expect(await heard(clone, 'terminal')).toContain('has the terminal');
  terminal.press('C-c');
  expect(await heard(clone, 'alone')).toBe('has the terminal\nINT\nalone\n');
  terminal.press('C-c');
  expect(await heard(clone, 'ended')).toBe(`has the terminal\nINT\nalone\nINT\nended ${code}\n`);
});
