import { readdirSync, readFileSync } from 'node:fs';

/** A clock tick of the kernel's accounting. Units: ms. USER_HZ is 100 on every Linux that Node runs on. */
const TICK_MS = 10;
const MB = 1024 * 1024;

/** @returns null for a process that is gone. */
function readProc(pid: number | string, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return null;
  }
}

const pids = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** The fields of /proc/pid/stat behind the name, which may hold spaces; the first is the state. */
const statOf = (pid: number | string): string[] =>
  readProc(pid, 'stat')
    ?.replace(/^.*\) /s, '')
    .split(' ') ?? [];

/** Processor time that a process has used. Units: ms. */
export const cpuMs = (pid: number): number => (Number(statOf(pid)[11]) + Number(statOf(pid)[12])) * TICK_MS;

/** The same of a process and all that it has started, also of those that ended. Units: ms. */
export const familyCpuMs = (pid: number): number => {
  const stat = statOf(pid);
  const ended = (Number(stat[13]) + Number(stat[14])) * TICK_MS;
  return cpuMs(pid) + ended + childrenOf(pid).reduce((sum, child) => sum + (cpuMs(Number(child)) || 0), 0);
};

/** Units: MB. */
export const rssMb = (pid: number): number =>
  (Number(/VmRSS:\s+(\d+) kB/.exec(readProc(pid, 'status') ?? '')?.[1]) * 1024) / MB;

export const parentOf = (pid: number): number => Number(statOf(pid)[1]);

export const childrenOf = (pid: number): string[] => pids().filter((one) => statOf(one)[1] === String(pid));

/** Whether a program whose arguments hold `text` runs, and not merely the shell that will become it. */
export const runs = (text: string): boolean =>
  pids().some((pid) => {
    const argv = readProc(pid, 'cmdline')?.split('\0') ?? [];
    return !argv[0]?.endsWith('/sh') && argv.some((word) => word.includes(text));
  });
