import { dirname, join } from 'node:path';
import { files, isCode, isTest, read, readJson } from './tree.ts';

const PACKAGES = ['client', 'contracts', 'db', 'mcp', 'providers', 'queue', 'runtime', 'terminal'];

/** Who may know whom: words at the bottom, drivers in the middle, processes on top. `*`: every package. */
export const mayKnow: Readonly<Record<string, readonly string[]>> = {
  'packages/contracts': [],
  'packages/runtime': ['contracts'],
  'packages/providers': ['contracts'],
  'packages/client': ['contracts'],
  'packages/db': ['contracts', 'runtime'],
  'packages/queue': ['contracts', 'runtime'],
  'packages/terminal': ['contracts', 'runtime'],
  'packages/mcp': ['contracts', 'client'],
  'services/api': PACKAGES,
  'services/scheduler': PACKAGES,
  'services/worker-agent': PACKAGES,
  cli: ['contracts', 'client', 'runtime'],
  web: ['contracts', 'client'],
  test: PACKAGES,
};

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export interface Workspace {
  readonly folder: string;
  readonly name: string;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
  /** Folders of the workspaces that its tsconfig.json refers to; null when it has none. */
  readonly references: readonly string[] | null;
}

export const workspaces: readonly Workspace[] = files
  .filter((path) => /^((packages|services)\/[^/]+|cli|web|test)\/package\.json$/.test(path))
  .map((path) => {
    const { name, dependencies = {}, devDependencies = {} } = readJson(path) as Manifest;
    const folder = dirname(path);
    return {
      folder,
      name,
      dependencies: Object.keys(dependencies),
      devDependencies: Object.keys(devDependencies),
      references: referencesOf(folder),
    };
  });

export const rootDependencies = (): string[] =>
  Object.keys((readJson('package.json') as Manifest).devDependencies ?? {});

function referencesOf(folder: string): string[] | null {
  const config = join(folder, 'tsconfig.json');
  if (!files.includes(config)) return null;
  const { references = [] } = readJson(config) as { references?: { path: string }[] };
  return references.map(({ path }) => join(folder, path));
}

export interface Import {
  readonly file: string;
  readonly workspace: string;
  readonly specifier: string;
  readonly fromTest: boolean;
}

const IMPORT = /(?:^|[\s;}])(?:from|import)\s*\(?\s*['"]([^'"\n]+)['"]/g;

/** Every import of every workspace, and of `infra`, which is none. */
export const imports: readonly Import[] = files.filter(isCode).flatMap((file) => {
  const workspace =
    workspaces.find(({ folder }) => file.startsWith(`${folder}/`))?.folder ??
    (file.startsWith('infra/') ? 'infra' : undefined);
  if (workspace === undefined) return [];
  return [...read(file).matchAll(IMPORT)].map(([, specifier = '']) => ({
    file,
    workspace,
    specifier,
    fromTest: isTest(file),
  }));
});

/** `@cao/db/testing` → `db`; undefined for what is not ours. */
export const ours = (specifier: string): string | undefined => /^@cao\/([^/]+)/.exec(specifier)?.[1];

/** `@scope/name/sub` → `@scope/name`; undefined for a path or a module of Node. */
export const packageOf = (specifier: string): string | undefined =>
  /^[.#]|^node:/.test(specifier) ? undefined : /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[1];
