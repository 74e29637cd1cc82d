import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@cao/runtime';
import { ROOT } from '../support/stack/root.ts';
import type { Bench } from './bench.ts';
import { figure } from './figure.ts';

const run = promisify(execFile);
/** A start that takes longer has failed. Units: ms. */
const COMMAND_MS = 120_000;

/** `cao up` with its own Postgres, in a CAO_HOME that has been up before: until it says that it is ready. */
export const up: Bench = {
  name: 'up',
  about: '`cao up` from a warm install to ready, with its own database; then `cao down`',
  async run(ground) {
    await using parts = new AsyncDisposableStack();
    const home = realpathSync(mkdtempSync(join(tmpdir(), 'cao-up-')));
    parts.defer(() => rm(home, { recursive: true, force: true }));
    const socket = join(home, 'tmux.sock');
    const env = {
      PATH: [dirname(process.execPath), process.env.PATH].join(':'),
      HOME: home,
      CAO_HOME: home,
      CAO_TMUX_SOCKET: socket,
      LANG: 'C.UTF-8',
    };
    const cao = async (...args: string[]) => {
      const began = performance.now();
      await run(process.execPath, [...program(), ...args], { env, cwd: home, timeout: COMMAND_MS });
      return (performance.now() - began) / 1000;
    };
    parts.defer(() => removeDatabase(home));
    parts.defer(() =>
      run('tmux', ['-S', socket, 'kill-server']).then(
        () => {},
        () => {},
      ),
    );
    parts.defer(() => cao('down').then(() => {}));

    const port = String(await freePort());
    const ready = async () => {
      const seconds = await cao('up', '--detach', '--port', port);
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/ready`);
      if (!answer.ok) throw new Error(`cao up said that it was ready, and /ready answered ${answer.status}`);
      return seconds;
    };
    ground.note('the first `cao up` makes the database');
    const cold = await ready();
    const warm: number[] = [];
    const down: number[] = [await cao('down')];
    for (let n = 0; n < (ground.quick ? 1 : 3); n++) {
      warm.push(await ready());
      down.push(await cao('down'));
    }
    return [
      figure('up_warm', 's', warm, { p50: 4 }),
      figure('up_first', 's', [cold]),
      figure('down', 's', down),
    ];
  },
};

/** What people run: the build, where there is one. */
function program(): string[] {
  const built = join(ROOT, 'cli/dist/main.js');
  return existsSync(built) ? [built] : ['--conditions=@cao/source', join(ROOT, 'cli/src/main.ts')];
}

/** Root's databases lie outside of CAO_HOME. */
async function removeDatabase(home: string): Promise<void> {
  const { preparePlace } = await import(`${ROOT}cli/src/up/postgres/place.ts`);
  const { base } = (await preparePlace(home)) as { base: string };
  await rm(base, { recursive: true, force: true });
}
