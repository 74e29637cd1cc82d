import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ROOT } from '../support/stack/root.ts';

/** What became of the tests of one file. */
export interface FileOutcome {
  readonly passed: number;
  /** Titles, each with the first line of why. */
  readonly failed: readonly string[];
}

/** As vitest's reporter writes it. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/**
 * Runs these files with vitest, in one shape of the stack.
 * @returns by path; a file that could not be loaded has failed with the reason
 */
export async function runFiles(files: readonly string[], shape: string): Promise<Map<string, FileOutcome>> {
  const dir = mkdtempSync(join(tmpdir(), 'cao-recovery-'));
  try {
    const outputFile = join(dir, 'report.json');
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const reporters = ['--reporter=json', `--outputFile=${outputFile}`];
    const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...files], {
      cwd: ROOT,
      env: { ...process.env, CAO_TEST_SHAPE: shape },
      // Its own output is the report; what tests say aloud is progress.
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await new Promise((resolve) => child.once('exit', resolve));
    const { testResults } = JSON.parse(readFileSync(outputFile, 'utf8')) as Report;
    return new Map(testResults.map((file) => [relative(ROOT, file.name), outcomeOf(file)]));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function outcomeOf({ message, assertionResults }: Report['testResults'][number]): FileOutcome {
  const failed = assertionResults
    .filter(({ status }) => status === 'failed')
    .map(({ title, failureMessages }) => `${title}: ${firstLine(failureMessages?.[0] ?? '')}`);
  const passed = assertionResults.filter(({ status }) => status === 'passed').length;
  return { passed, failed: passed + failed.length === 0 ? [firstLine(message) || 'no test ran'] : failed };
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';
