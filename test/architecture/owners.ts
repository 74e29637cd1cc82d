import { expect, test } from 'vitest';
import { places } from './places.ts';
import { files, isProduct } from './tree.ts';
import { imports, packageOf, rootDependencies, workspaces } from './workspaces.ts';

/** Libraries that one workspace knows, so that everybody else can be moved off them by changing it alone. */
const owners: readonly { readonly library: RegExp; readonly owner: string }[] = [
  { library: /^(bullmq|ioredis)$/, owner: 'packages/queue' },
  { library: /^(drizzle-orm|drizzle-kit)$/, owner: 'packages/db' },
  { library: /^(fastify|@fastify\/.+)$/, owner: 'services/api' },
  { library: /^@modelcontextprotocol\/.+$/, owner: 'packages/mcp' },
];
const ownerOf = (library: string | undefined): string | undefined =>
  owners.find((one) => one.library.test(library ?? ''))?.owner;

/** Calls tmux although it may not, and everybody knows. This list may only become shorter. */
const KNOWN_CALLERS_OF_TMUX = ['cli/src/demo/run.ts'];

export function whatOnlyOneKnows(): void {
  test('is a dependency of nobody else, the tests apart', () => {
    const broken = [
      ...workspaces.filter(({ folder }) => folder !== 'test'),
      { folder: 'the root', dependencies: rootDependencies() },
    ].flatMap(({ folder, dependencies }) =>
      dependencies.flatMap((name) => {
        const owner = ownerOf(name);
        if (owner === undefined || owner === folder) return [];
        return [`${folder} depends on ${name}, which only ${owner} may know: move it there.`];
      }),
    );
    expect(broken).toEqual([]);
  });

  test('is imported by nobody else, the tests apart', () => {
    const broken = imports.flatMap(({ file, workspace, specifier, fromTest }) => {
      const owner = ownerOf(packageOf(specifier));
      if (fromTest || owner === undefined || owner === workspace) return [];
      return [`${file} imports ${specifier}, which only ${owner} may know: call ${owner} instead.`];
    });
    expect(broken).toEqual([]);
  });

  test('Drizzle is loaded by one file, which knows how a start pays little for it', () => {
    const importers = imports.filter(({ specifier }) => packageOf(specifier) === 'drizzle-orm');
    expect([...new Set(importers.map(({ file }) => file))]).toEqual(['packages/db/src/drizzle.ts']);
  });

  test('tmux is called by packages/terminal alone', () => {
    const outside = files.filter((path) => isProduct(path) && !path.startsWith('packages/terminal/'));
    const callers = places(outside, /(['"`])tmux\1/g);
    const broken = callers
      .filter(({ path }) => !KNOWN_CALLERS_OF_TMUX.includes(path))
      .map(
        ({ path, line }) => `${path}:${line} calls tmux: ask packages/terminal, through the worker-agent.`,
      );
    expect(broken).toEqual([]);
    expect(
      KNOWN_CALLERS_OF_TMUX.filter((path) => !callers.some((caller) => caller.path === path)),
      'It calls tmux no more: take it off the list in test/architecture/owners.ts.',
    ).toEqual([]);
  });

  test('the environment is read by env.ts alone', () => {
    const broken = places(
      files.filter((path) => isProduct(path) && !path.endsWith('/env.ts')),
      /process\.env\b|import\.meta\.env\b/g,
    ).map(({ path, line }) => `${path}:${line} reads the environment: read it in env.ts and hand it down.`);
    expect(broken).toEqual([]);
  });
}
