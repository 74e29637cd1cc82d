import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** A CLI that was hung up ends within this, or is told more plainly. Units: ms. */
const GRACE_MS = { hangup: 1_500, terminate: 1_500 } as const;
const LOOK_EVERY_MS = 25;

/** The process and all its descendants, parents first. */
export async function processTree(root: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
  const children = new Map<number, number[]>();
  for (const line of stdout.trim().split('\n')) {
    const [pid, parent] = line.trim().split(/\s+/).map(Number) as [number, number];
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Ends what a closed pane left behind: some CLIs outlive their terminal. */
export async function endProcesses(pids: readonly number[]): Promise<void> {
  if (await gone(pids, GRACE_MS.hangup)) return;
  signal(pids, 'SIGTERM');
  if (await gone(pids, GRACE_MS.terminate)) return;
  signal(pids, 'SIGKILL');
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids.filter(isAlive)) {
    try {
      process.kill(pid, name);
    } catch {
      // it ended between the look and the signal
    }
  }
}

async function gone(pids: readonly number[], withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (pids.some(isAlive)) {
    if (performance.now() > until) return false;
    await wait(LOOK_EVERY_MS);
  }
  return true;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    // A zombie answers signals and does nothing any more; its name may hold spaces and brackets.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true; // no /proc here (macOS): the signal decided
  }
}
