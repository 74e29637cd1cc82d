#!/usr/bin/env node
/**
 * From a fresh clone to a running program, with whatever Node (18 or later) is at hand:
 *
 *   node infra/bootstrap/main.mjs <start|test|build|check|bench|chaos|recovery|conformance|cao> [args…]
 *
 * Node, the system's programs, the dependencies and the build are each brought up to date only when they are not,
 * then the command runs with this terminal, and its exit code is ours. Nothing here has a dependency: it runs first.
 */
import { fileURLToPath } from 'node:url';
import { compiled, webBundle } from './build.mjs';
import { commands } from './commands.mjs';
import { dependencies } from './dependencies.mjs';
import { Unable } from './failure.mjs';
import { withLock } from './lock.mjs';
import { useModernNode } from './node-runtime.mjs';
import { paths } from './paths.mjs';
import { say } from './say.mjs';
import { ensurePrograms } from './system-programs.mjs';

const usage = `usage: node infra/bootstrap/main.mjs <${Object.keys(commands).join('|')}> [arguments…]`;

async function main([name, ...args]) {
  const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined;
  if (!command) throw new Unable(name ? `there is no command "${name}"` : 'no command was given', usage, 2);
  if (process.platform === 'win32')
    throw new Unable('CAO drives tmux, which Windows does not have', 'Run it inside WSL2 (wsl --install).');

  const inModernNode = await useModernNode(fileURLToPath(import.meta.url), [name, ...args]);
  if (inModernNode !== undefined) return inModernNode;

  await ensurePrograms(command.programs ?? []);
  const steps = [dependencies, ...(command.needsBuild ? [compiled, webBundle] : [])];
  // Looked at without the lock first: a clone that is up to date may be read-only to who runs it.
  if (!(await allCurrent(steps)))
    await withLock(paths.lock, async () => {
      for (const step of steps) if (!(await step.isCurrent())) await step.bringUpToDate();
    });
  return command.run(args);
}

async function allCurrent(steps) {
  for (const step of steps) if (!(await step.isCurrent())) return false;
  return true;
}

try {
  // Not process.exit(): what is still on its way to a pipe would be cut off.
  process.exitCode = await main(process.argv.slice(2));
} catch (cause) {
  if (!(cause instanceof Unable)) throw cause;
  // Several lines end with what a program said, which is left as it is.
  say(cause.message.includes('\n') ? cause.message : `${cause.message}.`);
  say(cause.next);
  process.exitCode = cause.exitCode;
}
