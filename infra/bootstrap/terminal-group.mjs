import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * True when we belong to the foreground group of a terminal: then the terminal itself delivers Ctrl-C to all of us.
 * @param {number} [pid]
 */
export function terminalSignalsUs(pid = process.pid) {
  const [group, foreground] = process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  return foreground > 0 && group === foreground;
}

/** proc(5), /proc/PID/stat: after the name in parentheses come state, ppid, pgrp, session, tty_nr, tpgid. */
function fromProc(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [Number(fields[2]), Number(fields[5])];
}

function fromPs(pid) {
  const ps = spawnSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(pid)], { encoding: 'utf8' });
  return (ps.stdout ?? '').trim().split(/\s+/).map(Number);
}
