import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError } from '../exit.ts';

const here = fileURLToPath(import.meta.url);
/** This program itself runs from its source, and so do the services then. */
const fromSource = here.endsWith('.ts');
/** cli/src/up or cli/dist/up → the folder that holds services/ and web/. */
const root = fileURLToPath(new URL('../../..', import.meta.url));

export type Service = 'api' | 'scheduler' | 'worker-agent';

/** The arguments of Node that run a service. */
export function serviceArgv(name: Service): string[] {
  const main = join(root, 'services', name, fromSource ? 'src/main.ts' : 'dist/main.js');
  if (!existsSync(main))
    throw new CliError(
      'unavailable',
      `the program of ${name} is missing: ${main}`,
      'Build CAO: `npm run build`.',
    );
  return [...(fromSource ? ['--conditions=@cao/source'] : []), main];
}

/** The built page, or null: CAO runs without. */
export function webDir(): string | null {
  const dir = join(root, 'web', 'dist');
  return existsSync(join(dir, 'index.html')) ? dir : null;
}
