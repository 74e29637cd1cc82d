import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LaunchPlan } from '@cao/providers';

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
  for (const { path, source, add } of plan.copies ?? [])
    writeFile(join(dir, path), JSON.stringify({ ...readUsers(source), ...add }), false);
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

/** JSON of the user's, whose file may begin with lines of comment; what cannot be read is as good as not there. */
function readUsers(path: string): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8').replace(/^\s*\/\/.*$/gm, ''));
    const isObject = typeof found === 'object' && found !== null && !Array.isArray(found);
    return isObject ? (found as Record<string, unknown>) : {};
  } catch {
    return {}; // the CLI will say what it misses
  }
}

function link(path: string, target: string): void {
  if (!existsSync(target)) return; // the user has no such thing, and the CLI will say so
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rmSync(path, { force: true });
  symlinkSync(target, path);
}
