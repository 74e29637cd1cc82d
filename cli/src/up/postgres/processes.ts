import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { runProgram } from './program.ts';

/**
 * The processes of one data folder: its postmaster and every backend, also those whose postmaster is gone.
 * On Linux each has the data folder as its working directory (a zombie has none); elsewhere ps is asked for the
 * postmaster's arguments and for the cluster name that stands in each backend's title.
 */
export async function processesOf(data: string, clusterName: string): Promise<number[]> {
  return process.platform === 'linux' ? byWorkingDirectory(data) : byTitle(data, clusterName);
}

async function byWorkingDirectory(data: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await isIn(pid, data)) ? pid : undefined)));
  return found.filter((pid) => pid !== undefined);
}

async function byTitle(data: string, clusterName: string): Promise<number[]> {
  const { output } = await runProgram('ps', ['-axo', 'pid=,command=']);
  return output
    .split('\n')
    .filter((line) => line.includes(`postgres: ${clusterName}:`) || line.includes(`postgres -D ${data}`))
    .map((line) => Number.parseInt(line, 10));
}

/** Whether this pid is a process of that data folder, rather than another one that got the number later. */
export async function isProcessOf(pid: number, data: string): Promise<boolean> {
  if (process.platform === 'linux') return isIn(pid, data);
  const { output } = await runProgram('ps', ['-o', 'command=', '-p', String(pid)]);
  return output.includes(`postgres -D ${data}`);
}

async function isIn(pid: number, data: string): Promise<boolean> {
  try {
    if ((await readlink(`/proc/${pid}/cwd`)) !== data) return false;
    // Somebody's shell may stand in that folder, too. A backend's title begins with "postgres: ".
    const [program = ''] = (await readFile(`/proc/${pid}/cmdline`, 'latin1')).split('\0');
    return /^postgres(:|$)/.test(program.startsWith('postgres:') ? program : basename(program));
  } catch {
    return false; // it has ended, is a zombie, or is someone else's
  }
}
