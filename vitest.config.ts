import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Tests and services run from source: the condition every workspace exports beside its dist.
const resolve = { conditions: ['@cao/source'] };
const ssr = { resolve: { conditions: ['@cao/source'], externalConditions: ['@cao/source'] } };

// Programs that run from source are compiled once and not at every start: what the build does for a real installation.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '.cache/compiled');

/** Real programs on a shared machine: generous bounds that only a hang reaches. */
const realProcesses = { testTimeout: 60_000, hookTimeout: 60_000 };

/** No module of these has state that belongs to one file: a worker loads them once for all files that it runs. */
const together = { isolate: false };

/** Projects run one after the other, each with as many files at a time as keep two cores busy: most of them wait. */
const turn = (groupOrder: number, maxWorkers: number) => ({ sequence: { groupOrder }, maxWorkers });

const services = ['test/support/global-setup.ts'];
const bundles = 'test/support/bundles.ts';

export default defineConfig({
  resolve,
  ssr,
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          ...turn(0, 2),
          ...together,
          include: [
            '{packages,services}/*/src/**/*.test.ts',
            'cli/src/**/*.test.ts',
            'web/src/**/*.test.ts',
            'test/architecture.test.ts',
            'test/conformance/*.test.ts',
            'test/chaos/*.test.ts',
            'test/recovery/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'contract',
          ...turn(1, 4),
          include: ['{packages,services}/*/test/**/*.test.ts', 'cli/test/**/*.test.ts', 'infra/**/*.test.ts'],
          globalSetup: [...services, bundles],
          ...realProcesses,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          ...turn(2, 3),
          ...together,
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: [...services, 'test/support/migrated.ts', bundles],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          ...turn(3, 2),
          include: ['test/browser/**/*.test.ts'],
          globalSetup: [...services, 'test/support/migrated.ts', bundles],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
