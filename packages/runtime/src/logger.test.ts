import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';

const LOGGER = new URL('./logger.ts', import.meta.url).href;
const PROGRAM = `
  const { writeFile } = await import('node:fs/promises');
  const { makeLogger } = await import(${JSON.stringify(LOGGER)});
  const log = makeLogger('test');
  for (let n = 0; n < 3; n++) {
    log.info('nobody will read this');
    // As long as it takes until a write is refused.
    await writeFile('/dev/full', 'x').catch(() => {});
  }
  process.stdout.write('still here');
  process.exit(0);
`;

// The kernel's own full disk; there is none on a Mac.
test.runIf(existsSync('/dev/full'))('a log on a full disk costs its lines, and not the process', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    stdio: ['ignore', 'pipe', openSync('/dev/full', 'w')],
  });
  let said = '';
  child.stdout!.on('data', (data) => {
    said += String(data);
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect({ said, code }).toEqual({ said: 'still here', code: 0 });
});
