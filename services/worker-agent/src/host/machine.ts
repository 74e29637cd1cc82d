import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Names this run of the machine, or of the container: another one after every start of it. */
export function machineBoot(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // Of a container: its first process. The name in the second field may hold spaces and brackets.
    const fields = readFileSync('/proc/1/stat', 'utf8').split(') ').at(-1)!.split(' ');
    return `${boot}/${fields[STARTED_AT]}`;
  } catch {
    return execFileSync('sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim();
  }
}

/** `starttime` of proc(5), counted from the field after the name. */
const STARTED_AT = 19;
