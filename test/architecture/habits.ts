import { expect, test } from 'vitest';
import { lineCount, places } from './places.ts';
import { files, isCode, isTest } from './tree.ts';

const MOST_LINES = 400;

/** Timers that wait for nothing that could tell. This list may only become shorter. */
const ALLOWED_TIMERS: Readonly<Record<string, string>> = {
  'test/e2e/storm.test.ts': 'faults at random moments: the pause is the fault, nothing waits for its end',
  'packages/queue/test/backends.ts': 'rings until the database outside takes it again',
  'packages/terminal/test/support/files.ts': 'until(): a bounded look at what another process does',
};

export function habits(): void {
  test('tests wait for events and never for time', () => {
    const tests = files.filter(
      (path) =>
        isCode(path) &&
        isTest(path) &&
        !/^test\/(architecture|support|conformance|bench|chaos|fleet)\b/.test(path),
    );
    const waits = places(
      tests,
      /setTimeout\(\s*(?:resolve|done|ok|r)\b|from '(?:node:)?timers\/promises'|\bawait sleep\(/g,
    );
    const broken = waits
      .filter(({ path }) => !(path in ALLOWED_TIMERS))
      .map(
        ({ path, line }) =>
          `${path}:${line} sleeps: wait for the event itself, or look in a bounded until().`,
      );
    expect(broken).toEqual([]);
    expect(
      Object.keys(ALLOWED_TIMERS).filter((path) => !waits.some((wait) => wait.path === path)),
      'It sleeps no more: take it off the list in test/architecture/habits.ts.',
    ).toEqual([]);
  });

  test(`no file has more than ${MOST_LINES} lines`, () => {
    const broken = files
      .filter((path) => (isCode(path) || path.endsWith('.css')) && lineCount(path) > MOST_LINES)
      .map((path) => `${path} has ${lineCount(path)} lines: split it by what it does (80 is the aim).`);
    expect(broken).toEqual([]);
  });

  test('no file names a registry, or a folder of the machine it was written on', () => {
    const text = files.filter((path) => !/\.(png|ico|woff2?)$/.test(path) && path !== 'package-lock.json');
    // The brackets keep this file out of its own net.
    const elsewhere =
      /\/wor[k]\/\w+|\/tmp\/n2[4]\b|\/roo[t]\/\w|\/User[s]\/\w|https?:\/\/[\w.-]*(?:registr[y]|npmj[s])[\w.-]*/g;
    const broken = places(text, elsewhere).map(
      ({ path, line, what }) =>
        `${path}:${line} names ${what}: say it without a place that others do not have.`,
    );
    const resolved = places(['package-lock.json'], /"resolved": "https?:[^"]*/g).map(
      ({ line, what }) =>
        `package-lock.json:${line} says ${what}: install with the .npmrc of this repository.`,
    );
    expect([...broken, ...resolved]).toEqual([]);
  });

  test('every provider has an index.ts and fixtures of what its CLI printed', () => {
    const folders = new Set(
      files.flatMap((path) => /^packages\/providers\/src\/(?!_|testing\/)[^/]+\//.exec(path)?.[0] ?? []),
    );
    expect(folders.size, 'There is no provider under packages/providers/src.').toBeGreaterThan(0);
    const broken = [...folders].flatMap((folder) => [
      ...(files.includes(`${folder}index.ts`)
        ? []
        : [`${folder} has no index.ts: it assembles the provider.`]),
      ...(files.some((path) => path.startsWith(`${folder}fixtures/`))
        ? []
        : [`${folder} has no fixtures: capture them with npm run conformance -- --fixtures FOLDER.`]),
    ]);
    expect(broken).toEqual([]);
  });
}
