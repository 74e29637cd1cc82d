import { existsSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Unable } from './failure.mjs';
import { findManager } from './package-managers.mjs';
import { findOnPath } from './path-search.mjs';
import { runQuietly } from './quiet.mjs';
import { run } from './run.mjs';
import { say, timed } from './say.mjs';
import { isAtLeast } from './version.mjs';

/** 3.3: the first tmux whose control mode and pane options do all that CAO asks of them. */
const LEAST_TMUX = [3, 3];

const always = ['tmux', 'git'];
/** Network namespaces, and a clock that is moved by a preloaded library. */
const onlyOnLinux = ['ip', 'faketime'];
/** Other names under which the same thing is installed. */
const alternatives = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome'],
  'redis-server': ['redis-server', 'valkey-server'],
};
const macApplications = {
  chromium: ['/Applications/Chromium.app', '/Applications/Google Chrome.app'],
};

/**
 * Installs what is missing with the system's package manager: by itself as root, after asking on a terminal, and
 * otherwise not at all: then it says which command would.
 * @param {readonly string[]} more needed beside tmux and git
 */
export async function ensurePrograms(more) {
  const wanted = [...always, ...more].filter(
    (name) => !onlyOnLinux.includes(name) || process.platform === 'linux',
  );
  const missing = await missingOf(wanted);
  if (missing.length === 0) return;

  const why = `${missing.map(({ name, why }) => `${name} ${why}`).join(', ')}`;
  const manager = findManager();
  if (!manager)
    throw new Unable(why, `Install ${missing.map(({ name }) => name).join(' and ')} and run this again.`);
  const packages = missing.map(({ name }) => manager.packages[name]);
  await install(manager, packages, why);

  const still = await missingOf(wanted);
  if (still.length > 0)
    throw new Unable(
      `${still.map(({ name, why }) => `${name} ${why}`).join(', ')}, even after ${manager.name} installed ${packages.join(' ')}`,
      'This system has no newer package: install it from another source, so that it is first on the PATH, and run this again.',
    );
}

async function missingOf(names) {
  const missing = [];
  for (const name of names) {
    const program = (alternatives[name] ?? [name]).map((one) => findOnPath(one)).find(Boolean);
    const application =
      process.platform === 'darwin' && macApplications[name]?.some((path) => existsSync(path));
    if (!program && !application) missing.push({ name, why: 'is missing' });
    else if (name === 'tmux') {
      const { output } = await runQuietly(program, ['-V']);
      if (!isAtLeast(output, LEAST_TMUX))
        missing.push({
          name,
          why: `is too old (${output || 'it does not run'}; ${LEAST_TMUX.join('.')} is needed)`,
        });
    }
  }
  return missing;
}

async function install(manager, packages, why) {
  const command = [manager.name, ...manager.install, ...packages];
  if (!manager.needsRoot || process.getuid() === 0) {
    if (!manager.needsRoot) await agreed(command, why);
    await timed(`${why}: installing ${packages.join(' ')}`, () => installNow(manager, command));
    return;
  }
  await agreed(['sudo', ...command], why);
  const code = await run('sudo', command);
  if (code !== 0)
    throw new Unable(`${command.join(' ')} ended with ${code}`, 'Correct what it names and run this again.');
}

/** Without a terminal nobody can agree, and nothing is installed behind anyone's back. */
async function agreed(command, why) {
  const runnable = findOnPath(command[0]) !== undefined;
  const line = (runnable ? command : command.slice(1)).join(' ');
  const refused = new Unable(why, `Run this${runnable ? '' : ' as root'}, then try again:\n\n    ${line}\n`);
  if (!runnable || !process.stdin.isTTY || !process.stderr.isTTY) throw refused;
  say(`${why}.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`cao: run "${line}"? [Y/n] `);
  terminal.close();
  if (!/^(y|yes|)$/i.test(answer.trim())) throw refused;
}

async function installNow(manager, [file, ...args]) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const update = () => runQuietly(manager.name, manager.update, { env });
  const updatedFirst = manager.lists !== undefined && !hasLists(manager.lists);
  if (updatedFirst) await update();
  let { code, output } = await runQuietly(file, args, { env });
  if (code !== 0 && manager.update && !updatedFirst) {
    // Lists that are older than the mirror name files that are gone.
    await update();
    ({ code, output } = await runQuietly(file, args, { env }));
  }
  if (code !== 0)
    throw new Unable(
      `${[file, ...args].join(' ')} ended with ${code}\n${output}\n`.trimEnd(),
      'Check the network and the package sources, then run this again.',
    );
}

function hasLists({ folder, file }) {
  try {
    return readdirSync(folder).some((name) => file.test(name));
  } catch {
    return false;
  }
}
