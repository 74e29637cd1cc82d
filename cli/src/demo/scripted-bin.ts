import { existsSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError } from '../exit.ts';
import { makePrivateDir } from '../home.ts';

/** cli/src/demo or cli/dist/demo → the scripted agent, which is a program of the repository. */
const program = fileURLToPath(new URL('../../../test/support/scripted-agent/main.ts', import.meta.url));

/** A PATH on which the scripted agent and this Node are found first. */
export function pathWithScriptedAgent(dir: string, path: string): string {
  if (!existsSync(program))
    throw new CliError(
      'unavailable',
      `the scripted agent is missing: ${program}`,
      'Run the demo from a clone of the repository.',
    );
  makePrivateDir(dir);
  symlinkSync(program, join(dir, 'cao-scripted-agent'));
  return [dir, dirname(process.execPath), path].join(delimiter);
}
