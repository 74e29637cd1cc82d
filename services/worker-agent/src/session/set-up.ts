import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Logger } from '@cao/runtime';
import type { Detected } from '../host/detect.ts';

const run = promisify(execFile);
/** A program that prepares its own files takes a second; one that hangs is ended. Units: ms. */
const EACH_MS = 5_000;
/** It fails when another process sets up the same at this moment, and has nothing left to do when that one is done. */
const TRIES = 3;
const AGAIN_MS = 300;

/** Resolves when terminals of this CLI may start side by side. */
export type SetUp = (detected: Pick<Detected, 'provider' | 'binaryPath'>) => Promise<void>;

/**
 * Has each CLI set up what all its terminals share, alone and once: `Provider.setUp`. One that cannot be set up is started
 * nevertheless, and may say itself what is wrong.
 * @param env of the user, as the panes have it.
 */
export function makeSetUp(env: Readonly<Record<string, string>>, log: Logger): SetUp {
  const all = new Map<string, Promise<void>>();
  const once = async (id: string, argv: readonly string[]) => {
    const [program = '', ...args] = argv;
    for (let tried = 1; ; tried++) {
      const made = run(program, args, { env, cwd: env.HOME, timeout: EACH_MS, killSignal: 'SIGKILL' });
      made.child.stdin?.end();
      try {
        return void (await made);
      } catch (error) {
        log.warn({ provider: id, tried, err: error }, 'a CLI could not set up what its terminals share');
      }
      if (tried === TRIES) return;
      await sleep(AGAIN_MS);
    }
  };
  return ({ provider, binaryPath }) => {
    if (!provider.setUp) return Promise.resolve();
    // A new version in its place sets up anew.
    const key = `${provider.id} ${statSync(binaryPath, { throwIfNoEntry: false })?.mtimeMs}`;
    const known = all.get(key) ?? once(provider.id, [binaryPath, ...provider.setUp]);
    all.set(key, known);
    return known;
  };
}
