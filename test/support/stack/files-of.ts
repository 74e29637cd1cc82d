import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface FoundFile {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly content: string;
}

export const modeOf = (path: string): number => lstatSync(path).mode & 0o777;

/** Every regular file below a folder; what goes away meanwhile is left out. */
export function filesOf(folder: string): FoundFile[] {
  const found: FoundFile[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    try {
      if (lstatSync(path).isFile())
        found.push({ path, mode: modeOf(path), content: readFileSync(path, 'latin1') });
    } catch {
      // gone
    }
  }
  return found;
}
