import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { imports, mayKnow, ours, workspaces } from './workspaces.ts';

/** Which workspace may know which, in package.json, in tsconfig.json and in the code itself. */
export function neighbours(): void {
  test('every workspace has a row in the table, and every row a workspace', () => {
    expect(
      workspaces.map(({ folder }) => folder).sort(),
      'Add or remove its row in test/architecture/workspaces.ts.',
    ).toEqual(Object.keys(mayKnow).sort());
  });

  test('package.json declares no neighbour that the table forbids', () => {
    const broken = workspaces.flatMap(({ folder, dependencies, devDependencies }) =>
      [...dependencies, ...devDependencies]
        .filter((name) => ours(name) !== undefined && !mayKnow[folder]?.includes(ours(name) ?? ''))
        .map(
          (name) => `${folder} may not depend on ${name}: move what it needs into a package both may know.`,
        ),
    );
    expect(broken).toEqual([]);
  });

  test('the references of tsconfig.json are the dependencies of package.json', () => {
    const broken = workspaces.flatMap(({ folder, dependencies, references }) => {
      if (references === null) return [];
      const wanted = dependencies.flatMap((name) => (ours(name) ? [`packages/${ours(name)}`] : []));
      const lacking = wanted.filter((path) => !references.includes(path));
      const stale = references.filter((path) => !wanted.includes(path));
      return [
        ...lacking.map((path) => `${folder}/tsconfig.json lacks the reference to ${path}: add it.`),
        ...stale.map((path) => `${folder}/tsconfig.json refers to ${path}, which package.json lacks: agree.`),
      ];
    });
    expect(broken).toEqual([]);
  });

  test('code imports only the neighbours that its package.json declares', () => {
    const broken = imports.flatMap(({ file, workspace, specifier, fromTest }) => {
      if (ours(specifier) === undefined) return [];
      const own = workspaces.find(({ folder }) => folder === workspace);
      const declared = [
        own?.name,
        ...(own?.dependencies ?? []),
        ...(fromTest ? (own?.devDependencies ?? []) : []),
      ];
      if (declared.includes(`@cao/${ours(specifier)}`)) return [];
      return [
        `${file} imports ${specifier}, which ${workspace} does not declare: declare it if the table allows it.`,
      ];
    });
    expect(broken).toEqual([]);
  });

  test('no import leaves its workspace by a path; tests may reach test/support', () => {
    const broken = imports.flatMap(({ file, workspace, specifier, fromTest }) => {
      if (!specifier.startsWith('.')) return [];
      const target = normalize(join(dirname(file), specifier));
      if (target.startsWith(`${workspace}/`) || (fromTest && target.startsWith('test/support/'))) return [];
      return [`${file} reaches ${target} by a path: import that workspace by its name, or move the file.`];
    });
    expect(broken).toEqual([]);
  });

  test('nobody imports a service, not even another service', () => {
    const services = workspaces
      .filter(({ folder }) => folder.startsWith('services/'))
      .map(({ name }) => name);
    const broken = imports
      .filter(({ specifier }) =>
        services.some((name) => specifier === name || specifier.startsWith(`${name}/`)),
      )
      .map(
        ({ file, specifier }) =>
          `${file} imports the service ${specifier}: let them meet through rows or bells.`,
      );
    expect(broken).toEqual([]);
  });

  test('a provider knows no other provider', () => {
    const broken = imports.flatMap(({ file, specifier }) => {
      const own = providerOf(file);
      const target = providerOf(normalize(join(dirname(file), specifier)));
      if (!own || !target || own === target) return [];
      return [`${file} imports the provider ${target}: share through packages/providers/src/_shared.`];
    });
    expect(broken).toEqual([]);
  });
}

const providerOf = (path: string): string | undefined =>
  /^packages\/providers\/src\/(?!_|testing\/)([^/]+)\//.exec(path)?.[1];
