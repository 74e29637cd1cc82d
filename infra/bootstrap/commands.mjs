import { paths } from './paths.mjs';
import { run } from './run.mjs';
import { runTests } from './test-run.mjs';

const fromSource = (file) => (args) => run(process.execPath, ['--conditions=@cao/source', file, ...args]);
const cao = (args) =>
  run(process.execPath, [paths.cli, ...args], { cwd: process.env.INIT_CWD ?? process.cwd() });

/** Every check runs, so that one look shows all that is wrong; the first failure's code is the answer. */
async function check(args) {
  const codes = [
    await run('biome', ['ci', ...args]),
    await run('tsc', ['-b']),
    await run('tsc', ['-p', 'tsconfig.test.json']),
    await run('knip', []),
  ];
  return codes.find((code) => code !== 0) ?? 0;
}

const forTests = ['redis-server', 'chromium', 'ip', 'faketime'];

/**
 * `programs`: needed beside tmux and git. `needsBuild`: runs, or serves, what is in dist.
 * @type {Record<string, { programs?: string[], needsBuild?: boolean, run: (args: string[]) => number | Promise<number> }>}
 */
export const commands = {
  start: { needsBuild: true, run: (args) => cao(['up', ...args]) },
  cao: { needsBuild: true, run: cao },
  build: { needsBuild: true, run: () => 0 },
  test: { programs: forTests, needsBuild: true, run: runTests },
  check: { run: check },
  bench: { programs: forTests, needsBuild: true, run: fromSource('test/bench/main.ts') },
  chaos: { programs: ['redis-server', 'ip', 'faketime'], run: fromSource('test/chaos/main.ts') },
  recovery: { programs: forTests, needsBuild: true, run: fromSource('test/recovery/main.ts') },
  'bench:fleet': { programs: ['redis-server'], run: fromSource('test/fleet/main.ts') },
  conformance: { needsBuild: true, run: fromSource('test/conformance/main.ts') },
};
