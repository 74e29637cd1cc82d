import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { summary } from './test-run.mjs';
import { freshClone, readyClone } from './testing/clone.ts';
import { isAtLeast } from './version.mjs';

describe('versions', () => {
  test.each([
    ['v22.22.0', [22, 22], true],
    ['v22.21.9', [22, 22], false],
    ['v24.0.0', [22, 22], true],
    ['v9.99.0', [22, 22], false],
    ['tmux 3.3a', [3, 3], true],
    ['tmux next-3.4', [3, 3], true],
    ['tmux 3.10', [3, 3], true],
    ['tmux 3.2a', [3, 3], false],
    ['tmux 4', [3, 3], true],
    ['no number', [3, 3], false],
  ])('%s is at least %j: %s', (version, least, answer) => {
    expect(isAtLeast(version, least)).toBe(answer);
  });
});

describe('what is asked for', () => {
  test('an unknown command is answered with those that exist', async () => {
    await using clone = await freshClone();
    const { code, stderr } = await clone.run(['strat']);
    expect(stderr).toContain('there is no command "strat"');
    expect(stderr).toMatch(/usage: .*start\|cao\|build\|test/);
    expect(code).toBe(2);
  });

  test('a name that every object has is no command', async () => {
    await using clone = await freshClone();
    expect((await clone.run(['constructor'])).code).toBe(2);
  });
});

describe('Node', () => {
  // Called as: npm install --prefix FOLDER --no-save NAME@VERSION
  const fetching = `PLACE="$3/node_modules/$5"; PLACE="\${PLACE%@*}"; /bin/mkdir -p "$PLACE/bin"`;
  const fakeNode = `#!/bin/sh\n[ "$1" = --version ] && echo v24.21.0 && exit\necho "again: $*"\nexit 7`;
  const npm = `${fetching}\n/bin/cat > "$PLACE/bin/node" <<'NODE'\n${fakeNode}\nNODE\n/bin/chmod +x "$PLACE/bin/node"`;

  test('an old one fetches a newer one once and runs everything again under it, with its exit code', async () => {
    await using clone = await freshClone();
    await clone.program('npm', npm);
    const first = await clone.run(['cao', 'two words', '-x'], { version: 'v20.20.2' });
    expect(first.stdout).toMatch(/^again: .*main\.mjs cao two words -x$/m);
    expect(first.code).toBe(7);
    const second = await clone.run(['cao'], { version: 'v20.20.2' });
    expect(second.code).toBe(7);
    expect(second.stderr).toBe('');
    expect(await clone.journal()).toHaveLength(1);
    expect(await readdir(join(clone.home, '.cache/cao'))).toEqual(['node-24.21.0']);
  });

  test('a half fetched one, left by a kill, is not taken for a whole one', async () => {
    await using clone = await freshClone();
    await clone.program('npm', `${fetching}; exit 1`);
    expect((await clone.run(['cao'], { version: 'v20.20.2' })).code).toBe(1);
    await clone.program('npm', npm);
    expect((await clone.run(['cao'], { version: 'v20.20.2' })).code).toBe(7);
  });

  test('without a network it says what failed, why, what to do, and keeps nothing', async () => {
    await using clone = await freshClone();
    await clone.program('npm', 'echo "npm error code ENOTFOUND" >&2; exit 1');
    const { code, stderr } = await clone.run(['start'], { version: 'v20.20.2' });
    expect(stderr).toContain('Node 24.21.0 could not be installed');
    expect(stderr).toContain('ENOTFOUND');
    expect(stderr).toContain('check the network');
    expect(code).toBe(1);
    expect(await readdir(join(clone.home, '.cache/cao'))).toEqual([]);
  });

  test('a HOME that cannot be written is named, with the way out', async () => {
    await using clone = await freshClone();
    await rm(clone.home, { recursive: true });
    await writeFile(clone.home, 'a file where the folder should be');
    const { code, stderr } = await clone.run(['start'], { version: 'v20.20.2' });
    expect(stderr).toContain(`cannot be kept in ${clone.home}/.cache/cao`);
    expect(stderr).toContain('Set XDG_CACHE_HOME');
    expect(code).toBe(1);
  });
});

describe('programs of the system', () => {
  const installer = (clone: { bin: string }) => `case "$*" in
    *install*) for name in tmux git; do
      printf '#!/bin/sh\\necho "tmux 3.5"\\n' > "${clone.bin}/$name"; /bin/chmod +x "${clone.bin}/$name"
    done ;; esac`;

  test('without root and without a terminal it prints the exact command, runs nothing, and ends with 1', async () => {
    await using clone = await freshClone();
    await clone.program('apt-get');
    await clone.program('sudo');
    const { code, stderr } = await clone.run(['start'], { uid: 1000 });
    expect(stderr).toContain('tmux is missing, git is missing');
    expect(stderr).toContain('\n    sudo apt-get install -y --no-install-recommends tmux git\n');
    expect(code).toBe(1);
    await rm(join(clone.bin, 'sudo'));
    const withoutSudo = await clone.run(['start'], { uid: 1000 });
    expect(withoutSudo.stderr).toContain('as root, then try again:\n\n    apt-get install -y');
    expect(await clone.journal()).toEqual([]);
  });

  test('the tests need more, under the names that this package manager has for it', async () => {
    await using clone = await freshClone();
    await clone.program('dnf');
    await clone.program('tmux', 'echo "tmux 3.4"');
    await clone.program('git');
    const { stderr } = await clone.run(['test'], { uid: 1000 });
    expect(stderr).toContain(
      process.platform === 'linux'
        ? 'dnf install -y redis chromium iproute libfaketime\n'
        : 'dnf install -y redis chromium\n',
    );
  });

  test('as root they are installed, and nothing is asked', async () => {
    await using clone = await readyClone('console.log("it runs")');
    await rm(join(clone.bin, 'tmux'));
    await rm(join(clone.bin, 'git'));
    await clone.program('apt-get', installer(clone));
    const { code, stdout, stderr } = await clone.run(['cao'], { uid: 0 });
    expect(stderr).toContain('installing tmux git');
    expect(stdout).toBe('it runs\n');
    expect(code).toBe(0);
    expect(await clone.journal()).toContain('apt-get install -y --no-install-recommends tmux git');
  });

  test('an installation that fails is tried once more after an update of the lists', async () => {
    await using clone = await readyClone();
    await rm(join(clone.bin, 'tmux'));
    const flag = join(clone.home, 'updated');
    await clone.program(
      'apk',
      `case "$1" in update) : > "${flag}" ;; add) [ -e "${flag}" ] || exit 100; ${installer(clone).replaceAll('*install*', 'add*')} ;; esac`,
    );
    expect((await clone.run(['cao'], { uid: 0 })).code).toBe(0);
    expect((await clone.journal()).filter((line) => line.startsWith('apk'))).toEqual([
      'apk add tmux',
      'apk update',
      'apk add tmux',
    ]);
  });

  test('an installation that keeps failing ends with what the package manager said', async () => {
    await using clone = await freshClone();
    await clone.program('apk', 'echo "no such mirror"; exit 100');
    const { code, stderr } = await clone.run(['start'], { uid: 0 });
    expect(stderr).toContain('apk add tmux git ended with 100\nno such mirror');
    expect(stderr).toContain('Check the network');
    expect(code).toBe(1);
  });

  test('a tmux that is too old and stays so is an error that names both versions', async () => {
    await using clone = await readyClone();
    await clone.program('tmux', 'echo "tmux 3.2a"');
    await clone.program('apk');
    const { code, stderr } = await clone.run(['start'], { uid: 0 });
    expect(stderr).toMatch(/tmux is too old \(tmux 3\.2a; 3\.3 is needed\), even after apk installed tmux/);
    expect(code).toBe(1);
  });

  test('where no package manager is known, the programs are named', async () => {
    await using clone = await freshClone();
    const { code, stderr } = await clone.run(['start'], { uid: 0 });
    expect(stderr).toContain('Install tmux and git and run this again.');
    expect(code).toBe(1);
  });
});

describe('dependencies and build', () => {
  const times = async (clone: { journal(): Promise<string[]> }, name: string) =>
    (await clone.journal()).filter((line) => line.startsWith(`${name} `)).length;

  test('each is done once, and again only after what it depends on changed', async () => {
    await using clone = await readyClone();
    const first = await clone.run(['cao']);
    expect(first.stderr).toMatch(/installing the dependencies: done in .* s/);
    expect(first.stderr).toMatch(/compiling: done in .* s/);
    const second = await clone.run(['cao']);
    expect(second.stderr).toBe('');
    expect([await times(clone, 'npm'), await times(clone, 'tsc')]).toEqual([1, 1]);

    await clone.file('cli/src/main.js', 'console.log("changed")');
    expect((await clone.run(['cao'])).stdout).toBe('changed\n');
    expect([await times(clone, 'npm'), await times(clone, 'tsc')]).toEqual([1, 2]);

    await clone.file('package-lock.json', '{"packages":{"":{"version":"2"}}}');
    expect((await clone.run(['cao'])).code).toBe(0);
    expect([await times(clone, 'npm'), await times(clone, 'tsc')]).toEqual([2, 2]);
  });

  test('what npm installed by hand is taken as it is; another version of one package is not', async () => {
    await using clone = await readyClone();
    const lock = (version: string) =>
      JSON.stringify({
        packages: { 'node_modules/a': { version }, 'node_modules/b': { version: '1', optional: true } },
      });
    await clone.file('package-lock.json', lock('1'));
    await clone.file(
      'node_modules/.package-lock.json',
      JSON.stringify({ packages: { 'node_modules/a': { version: '1' } } }),
    );
    expect((await clone.run(['cao'])).code).toBe(0);
    expect(await times(clone, 'npm')).toBe(0);
    await clone.file('package-lock.json', lock('2'));
    expect((await clone.run(['cao'])).code).toBe(0);
    expect(await times(clone, 'npm')).toBe(1);
  });

  test('a lock that npm ci calls incomplete is installed all the same', async () => {
    await using clone = await readyClone('console.log("built")');
    await clone.program(
      'npm',
      '/bin/mkdir -p node_modules; [ "$1" = ci ] && echo "npm error Missing: x@ from lock file" && exit 1; exit 0',
    );
    expect((await clone.run(['cao'])).stdout).toBe('built\n');
    expect((await clone.journal()).find((line) => line.startsWith('npm install'))).toMatch(
      /^npm install --no-save /,
    );
  });

  test('a failure is not remembered as done', async () => {
    await using clone = await readyClone('console.log("built")');
    await clone.program('npm', '/bin/mkdir -p node_modules; echo "npm error code ENOSPC" >&2; exit 1');
    const failed = await clone.run(['start']);
    expect(failed.stderr).toContain('the dependencies could not be installed');
    expect(failed.stderr).toContain('The disk is full');
    expect(failed.code).toBe(1);
    await clone.program('npm', '/bin/mkdir -p node_modules');
    expect((await clone.run(['start'])).stdout).toBe('built\n');
  });

  test('a build that fails shows why', async () => {
    await using clone = await readyClone();
    await clone.program('tsc', 'echo "cli/src/main.ts(1,1): error TS1005"; exit 2');
    const { code, stderr } = await clone.run(['build']);
    expect(stderr).toContain('compiling failed (tsc ended with 2)\ncli/src/main.ts(1,1): error TS1005');
    expect(code).toBe(1);
  });

  test('the dashboard is built when there is one', async () => {
    await using clone = await readyClone();
    await clone.program('npm', '/bin/mkdir -p node_modules web/dist && : > web/dist/index.html');
    await clone.file('web/vite.config.ts', '');
    expect((await clone.run(['build'])).code).toBe(0);
    expect((await clone.run(['build'])).code).toBe(0);
    const builds = (await clone.journal()).filter((line) => line.startsWith('npm run build -w web'));
    expect(builds).toHaveLength(1);
  });

  test('two at once install once, and the lock of a dead run holds nobody up', async () => {
    await using clone = await readyClone();
    await clone.file('.cache/bootstrap.lock', '999999999');
    const both = await Promise.all([clone.run(['cao']), clone.run(['cao'])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect([await times(clone, 'npm'), await times(clone, 'tsc')]).toEqual([1, 1]);
    expect(await readdir(join(clone.folder, '.cache'))).toEqual([]);
  });
});

describe('what runs in the end', () => {
  test('gets the arguments as they are, the folder it was called from, and its exit code is ours', async () => {
    await using clone = await readyClone(
      'console.log(JSON.stringify([process.argv.slice(2), process.cwd()])); process.exit(42)',
    );
    const { code, stdout } = await clone.run(['start', '--name', 'a b', ''], {
      env: { INIT_CWD: clone.home },
    });
    expect(JSON.parse(stdout)).toEqual([['up', '--name', 'a b', ''], clone.home]);
    expect(code).toBe(42);
  });

  test('an end by a signal is 128 and its number', async () => {
    await using clone = await readyClone('process.kill(process.pid, "SIGKILL")');
    expect((await clone.run(['cao'])).code).toBe(137);
  });

  test('a signal that arrives twice at once, as under npm, is passed on once', async () => {
    await using clone = await readyClone(`
      process.on('SIGTERM', () => console.log('TERM'));
      process.on('SIGINT', () => { console.log('INT'); process.kill(process.ppid, 'SIGTERM'); });
      process.on('SIGTERM', () => setTimeout(() => process.exit(5), 200));
      setInterval(() => {}, 1000);
      console.log('ready');`);
    const child = clone.start(['cao']);
    let output = '';
    const said = (word: string) =>
      new Promise<void>((resolve) => {
        child.stdout?.on('data', (chunk) => {
          output += chunk;
          if (output.includes(word)) resolve();
        });
      });
    await said('ready');
    child.kill('SIGINT');
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    expect(output.split('\n').filter((line) => line === 'INT' || line === 'TERM')).toEqual(['INT', 'TERM']);
    expect(code).toBe(5);
  });
});

describe('the last line of the tests', () => {
  const report = (more: object) => JSON.stringify({ numPassedTests: 3, numFailedTests: 0, ...more });

  test('counts what passed and failed', () => {
    expect(summary(0, report({})).line).toBe('3 passed, 0 failed');
    expect(summary(1, report({ numFailedTests: 2 })).line).toBe('3 passed, 2 failed');
    expect(summary(0, report({ numPendingTests: 4 })).skipped).toBe(4);
  });

  test('never reads as success when something failed outside of a test', () => {
    expect(summary(1, undefined).line).toBe('0 passed, 1 failed');
    expect(summary(1, report({})).line).toBe('3 passed, 1 failed');
    const unloadable = { testResults: [{ status: 'failed', assertionResults: [] }] };
    expect(summary(1, report({ ...unloadable, numFailedTests: 1 })).line).toBe('3 passed, 2 failed');
  });

  test('is printed, left in a file for whoever runs us through npm, and the exit code is true', async () => {
    await using clone = await readyClone();
    for (const name of ['redis-server', 'chromium', 'ip', 'faketime']) await clone.program(name);
    await clone.program(
      'vitest',
      `for arg; do case "$arg" in --outputFile.json=*) echo '${report({ numFailedTests: 1 })}' > "\${arg#*=}" ;; esac; done; exit 1`,
    );
    const { code, stdout } = await clone.run(['test', 'cli/test']);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('3 passed, 1 failed');
    expect(await readFile(join(clone.folder, '.cache/test-summary.txt'), 'utf8')).toBe(
      '3 passed, 1 failed\n',
    );
    expect(code).toBe(1);
    expect((await clone.journal()).find((line) => line.startsWith('vitest'))).toMatch(
      /^vitest run --project unit --project contract --project e2e --project browser .* cli\/test$/,
    );
  });
});
