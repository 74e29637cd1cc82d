import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { value } from '../command.ts';
import { CliError, SaidElsewhere } from '../exit.ts';

/** cli/src/dev or cli/dist/dev → the folder in which developers' programs lie, when this is a clone of the repository. */
const programs = new URL('../../../test/conformance/', import.meta.url);

/** Runs a developers' program of the clone in our place: its words, its exit code. @throws CliError outside of a clone. */
export async function runInClone(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const path = fileURLToPath(new URL(program, programs));
  if (!existsSync(path))
    throw new CliError(
      'unavailable',
      `this is a command for developers of CAO, and its program is not there: ${path}`,
      'Run it from a clone of the repository: `npm run cao -- dev …`.',
    );
  const child = spawn(process.execPath, ['--conditions=@cao/source', path, ...args], { stdio: 'inherit' });
  const stop = () => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  const [code] = (await once(child, 'exit')) as [number | null];
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (code !== 0) throw new SaidElsewhere(code ?? 1);
}

export const providerOption = <S extends z.ZodType>(wrap: (id: z.ZodString) => S, help: string) =>
  value('ID', wrap(z.string().regex(/^[a-z0-9_]{1,64}$/, 'is a word like claude_code')), help);
