import { defineConfig } from 'vitest/config';

// Tests and services run from source: the condition every workspace exports beside its dist.
const resolve = { conditions: ['@cao/source'] };
const ssr = { resolve: { conditions: ['@cao/source'], externalConditions: ['@cao/source'] } };

/** Real programs on a shared machine: generous bounds that only a hang reaches. */
const realProcesses = { testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  resolve,
  ssr,
  test: {
    // Real programs that mostly wait: two files at a time also where there are two cores.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{packages,services}/*/src/**/*.test.ts',
            'cli/src/**/*.test.ts',
            'web/src/**/*.test.ts',
            'test/architecture.test.ts',
            'test/conformance/*.test.ts',
            'test/chaos/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'contract',
          include: ['{packages,services}/*/test/**/*.test.ts', 'cli/test/**/*.test.ts', 'infra/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          ...realProcesses,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
