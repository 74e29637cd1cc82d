import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { paths } from './paths.mjs';
import { run } from './run.mjs';
import { say } from './say.mjs';

const PROJECTS = ['unit', 'contract', 'e2e', 'browser'];

/**
 * Runs the tests and ends with the line `N passed, M failed`, which is also left in .cache/test-summary.txt because npm
 * may add lines of its own. Arguments go to vitest: a path, `-t`, or `--project` instead of the usual four.
 */
export async function runTests(args) {
  await mkdir(dirname(paths.testReport), { recursive: true });
  // What an earlier run left must never be taken for this one's.
  await Promise.all([paths.testReport, paths.testSummary].map((file) => rm(file, { force: true })));
  const projects = args.some((arg) => arg.startsWith('--project'))
    ? []
    : PROJECTS.flatMap((project) => ['--project', project]);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${paths.testReport}`];
  const code = await run('vitest', ['run', ...projects, ...reporters, ...args]);

  const { line, skipped, failed } = summary(
    code,
    await readFile(paths.testReport, 'utf8').catch(() => undefined),
  );
  if (skipped > 0) say(`${skipped} skipped, each announced above with its reason`);
  await writeFile(paths.testSummary, `${line}\n`);
  process.stdout.write(`${line}\n`);
  return code === 0 && failed > 0 ? 1 : code;
}

/**
 * @param {number} code vitest's exit code
 * @param {string | undefined} report its JSON report; undefined when it died before writing one
 */
export function summary(code, report) {
  const counts = report ? JSON.parse(report) : {};
  const { numPassedTests: passed = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 } = counts;
  const filesThatFailed = (counts.testResults ?? []).filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  // A file that does not load, or an error outside every test, fails no test by itself; it must not read as "0 failed".
  const failed = numFailedTests + filesThatFailed || (code === 0 && report ? 0 : 1);
  return { line: `${passed} passed, ${failed} failed`, skipped: numPendingTests + numTodoTests, failed };
}
