import { basename } from 'node:path';
import { providerId } from '@cao/contracts';
import { expect, test } from 'vitest';
import { places } from './places.ts';
import { files, isProduct, isTest, read } from './tree.ts';

const REGISTRY = 'packages/providers/src/registry.ts';
const FOLDER = /^packages\/providers\/src\/(?!_|testing\/)([^/]+)\//;

/** Who names one, and why that is no switch on its name. This list may only become shorter. */
const MAY_NAME: Readonly<Record<string, string>> = {
  'packages/contracts/src/profile.ts': 'the list of ids, and what older files call them',
  'services/api/src/launch.ts': 'what is launched when nobody says what',
  'cli/src/demo/run.ts': 'the demonstration is told by the scripted agent',
};

/** A folder that says only what is special to its CLI. Units: lines of code, without comments, empty lines and tests. */
const MOST_LINES = 250;
/** Those that need more, and what for. A number may only become smaller. */
const NEED_MORE: Readonly<Record<string, readonly [lines: number, why: string]>> = {
  codex: [335, 'an app-server, and hooks with the log where there is none; a sandbox in place of tool rules'],
};

const codeLines = (source: string): number =>
  source
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('//')).length;

const folders = [...new Set(files.flatMap((path) => FOLDER.exec(path)?.[1] ?? []))];
/** A single letter in quotes is no id. */
const ids = providerId.options.filter((id) => id.length > 1);

/** A new provider is its id, a folder and a line: nothing else may have to be changed for it. */
export function theNinthProvider(): void {
  test('needs no change outside its folder: nobody else knows a provider by its name', () => {
    const named = places(
      files.filter((path) => isProduct(path) && !FOLDER.test(path) && path !== REGISTRY),
      new RegExp(`(['"\`])(?:${ids.join('|')})\\1`, 'g'),
    );
    const broken = named
      .filter(({ path }) => !(path in MAY_NAME))
      .map(
        ({ path, line, what }) =>
          `${path}:${line} knows ${what}: let the contract of providers say what differs, and ask it.`,
      );
    expect(broken).toEqual([]);
    expect(
      Object.keys(MAY_NAME).filter((path) => !named.some((place) => place.path === path)),
      'It names none any more: take it off the list in test/architecture/providers.ts.',
    ).toEqual([]);
  });

  test('is one import and one line of the registry, as each of the others', () => {
    const registry = read(REGISTRY);
    const imported = [...registry.matchAll(/^import \{ (\w+) \} from '\.\/([\w-]+)\/index\.ts';$/gm)];
    expect(imported.map(([, , folder = '']) => folder).sort()).toEqual([...folders].sort());
    const broken = imported.flatMap(([, name = '']) => {
      const lines = registry.match(new RegExp(`^  (?:\\w+: )?${name},$`, 'gm')) ?? [];
      return lines.length === 1
        ? []
        : [`${REGISTRY} has ${lines.length} lines for ${name}: one makes it known.`];
    });
    expect(broken).toEqual([]);
  });

  test('knows no other provider: what two have in common lies in a folder that begins with _', () => {
    const broken = files
      .filter((path) => FOLDER.test(path) && path.endsWith('.ts') && !isTest(path))
      .flatMap((path) =>
        [...read(path).matchAll(/from '(?:\.\.\/)+([\w-]+)\//g)]
          .map(([, from = '']) => from)
          .filter((from) => folders.includes(from))
          .map(
            (from) => `${path} imports from ${from}: move what both need to packages/providers/src/_shared.`,
          ),
      );
    expect(broken).toEqual([]);
  });

  test('is small: what all of them do lies in a folder that begins with _', () => {
    const size = (folder: string) =>
      files
        .filter((path) => FOLDER.exec(path)?.[1] === folder && path.endsWith('.ts') && !isTest(path))
        .reduce((lines, path) => lines + codeLines(read(path)), 0);
    const broken = folders.flatMap((folder) => {
      const [most, why] = NEED_MORE[folder] ?? [MOST_LINES, ''];
      const lines = size(folder);
      if (lines > most)
        return [`${folder} has ${lines} lines of code of ${most}: move what others do too to _shared.`];
      return why && lines <= MOST_LINES ? [`${folder} has ${lines}: it needs no more than the others.`] : [];
    });
    expect(broken).toEqual([]);
  });

  test('brings a test that runs the suite of all providers', () => {
    const broken = folders.filter(
      (folder) =>
        !files.some(
          (path) =>
            FOLDER.exec(path)?.[1] === folder &&
            basename(path).endsWith('.test.ts') &&
            /^testProvider\(/m.test(read(path)),
        ),
    );
    expect(broken, 'Call testProvider of packages/providers/src/testing in a test of it.').toEqual([]);
  });
}
