#!/usr/bin/env node
import { version } from './version.ts';

const argv = process.argv.slice(2);
// Answered before anything is imported: scripts ask for the version often, and it needs nothing.
if (argv.length === 1 && (argv[0] === '-V' || argv[0] === '--version')) {
  process.stdout.write(`cao ${version()}\n`);
} else {
  const { runProcess } = await import('./program.ts');
  await runProcess(argv);
}
