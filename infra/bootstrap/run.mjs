import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { childEnvironment, paths } from './paths.mjs';
import { terminalSignalsUs } from './terminal-group.mjs';

/**
 * npm passes a signal on to its script, and a supervisor may signal both: what comes twice within this time is one
 * request to stop. A person who wants to force it presses again later than that.
 */
const SAME_SIGNAL_MS = 500;

/**
 * Runs a program with this terminal and answers with its exit code, 128 + n when signal n ended it.
 *
 * Ctrl-C reaches every process of the terminal's foreground group by itself, so it is not passed on: the child would
 * see it twice and take the second for "force". A signal sent to us alone is passed on, once.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>}
 */
export function run(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: paths.root,
      env: childEnvironment(),
      ...options,
      stdio: 'inherit',
    });
    const lastPassed = new Map();
    const passOn = (signal) => {
      const now = Date.now();
      if (now - (lastPassed.get(signal) ?? -Infinity) < SAME_SIGNAL_MS) return;
      lastPassed.set(signal, now);
      if (signal === 'SIGTERM' || !terminalSignalsUs()) child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
    for (const signal of signals) process.on(signal, passOn);
    const done = () => {
      for (const signal of signals) process.removeListener(signal, passOn);
    };
    child.once('error', (cause) => {
      done();
      reject(cause);
    });
    child.once('exit', (code, signal) => {
      done();
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}
