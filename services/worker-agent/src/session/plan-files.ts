import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LaunchPlan } from '@cao/providers';
import { parse as parseToml, stringify as writeToml } from 'smol-toml';

export interface PlanFolders {
  /** The private folder of the terminal. */
  readonly dir: string;
  /** The folder of its CLI that outlives terminals. */
  readonly keepDir: string;
}

/** What a launch plan wants to lie on the host. @param secret puts what the plan must not know into a text. */
export function writePlanFiles(
  plan: Pick<LaunchPlan, 'files' | 'links' | 'copies' | 'outsideLinks'>,
  { dir, keepDir }: PlanFolders,
  secret: (text: string) => string,
): void {
  for (const file of plan.files)
    writeFile(join(dir, file.path), secret(file.content), file.executable === true);
  for (const { path, target } of plan.links ?? []) {
    // What is kept for later begins empty; what is the user's is there or is not.
    if (target.startsWith(`${keepDir}/`)) mkdirSync(target, { recursive: true, mode: 0o700 });
    link(join(dir, path), target);
  }
  for (const copy of plan.copies ?? []) writeFile(join(dir, copy.path), copyOf(copy), false);
  for (const { path, target } of plan.outsideLinks ?? []) link(path, join(dir, target));
}

export function writeFile(path: string, content: string, executable: boolean): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // An earlier try may have left a link to the user's own file there, which must not be written through.
  rmSync(path, { force: true });
  const mode = executable ? 0o700 : 0o600;
  writeFileSync(path, content, { mode });
  chmodSync(path, mode); // whatever the umask is
}

type Keys = Readonly<Record<string, unknown>>;

function copyOf({
  source,
  add,
  defaults = {},
  without = [],
}: NonNullable<LaunchPlan['copies']>[number]): string {
  const format = source.endsWith('.toml') ? toml : json;
  const theirs = Object.entries(readUsers(source, format.parse)).filter(([key]) => !without.includes(key));
  return format.write(mixed(mixed(defaults, Object.fromEntries(theirs)), add));
}

/** A file may begin with lines of comment. */
const json = {
  parse: (text: string): unknown => JSON.parse(text.replace(/^\s*\/\/.*$/gm, '')),
  write: (keys: Keys): string => JSON.stringify(keys),
};
const toml = { parse: parseToml, write: writeToml };

/** What cannot be read is as good as not there: the CLI will say what it misses. */
function readUsers(path: string, parse: (text: string) => unknown): Keys {
  try {
    const found = parse(readFileSync(path, 'utf8'));
    return isKeys(found) ? found : {};
  } catch {
    return {};
  }
}

const isKeys = (value: unknown): value is Keys =>
  typeof value === 'object' &&
  value !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value));

/** `above` in place of what lies below, key by key. */
function mixed(below: Keys, above: Keys): Keys {
  const all = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const under = all.get(key);
    all.set(key, isKeys(under) && isKeys(value) ? mixed(under, value) : value);
  }
  return Object.fromEntries(all);
}

function link(path: string, target: string): void {
  if (!existsSync(target)) return; // the user has no such thing, and the CLI will say so
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rmSync(path, { force: true });
  symlinkSync(target, path);
}
