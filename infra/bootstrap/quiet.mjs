import { spawn } from 'node:child_process';

/** Enough of the end of an output to see why something failed. */
const KEPT_CHARACTERS = 20_000;

/**
 * Runs a program whose output only matters when it fails.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ code: number, output: string }>} code 127 when the program does not exist
 */
export function runQuietly(file, args, options = {}) {
  return new Promise((resolve) => {
    let output = '';
    let child;
    try {
      child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (cause) {
      // Node throws some failures (ENOTDIR) where it emits others (ENOENT).
      return resolve({ code: 127, output: String(cause) });
    }
    const keep = (chunk) => {
      output = (output + chunk).slice(-KEPT_CHARACTERS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (cause) => resolve({ code: 127, output: String(cause) }));
    child.once('close', (code) => resolve({ code: code ?? 1, output: output.trim() }));
  });
}
