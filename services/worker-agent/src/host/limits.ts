import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@cao/runtime';

/** What one terminal may use, with everything that it starts. Null: no limit. Units: bytes, processes. */
export interface Limits {
  readonly memory: number | null;
  readonly processes: number | null;
}

/** Keeps one terminal from taking the machine from the others. */
export interface Limiter {
  /** Lines of a shell that puts itself under the limits; it becomes the CLI afterwards. */
  enter(name: string): string[];
  /** Why the kernel ended programs of it, if it did. */
  verdict(name: string): string | null;
  /** All its programs have ended. */
  leave(name: string): void;
}

const MB = 1024 * 1024;
/** Programs that were ended are gone within this. Units: ms. */
const EMPTY_AGAIN_MS = 100;
const EMPTY_TRIES = 50;

/** @param percent of the machine's memory; 0 is no limit @param processes 0 is no limit */
export const limitsOf = (percent: number, processes: number): Limits => ({
  memory: percent === 0 ? null : Math.round((totalmem() * percent) / 100),
  processes: processes === 0 ? null : processes,
});

/**
 * By control groups where this process may make them below its own (root, or a unit with `Delegate=yes`); else by ulimit, which
 * binds each process for itself and not how many there are.
 * @param owner the state folder, of which there is one per worker-agent
 */
export function makeLimiter(limits: Limits, owner: string, log: Logger): Limiter {
  if (limits.memory === null && limits.processes === null) return noLimiter;
  const groups = versionTwo() ?? versionOne();
  if (groups) return byGroups(groups, limits, owner);
  log.info('no control groups can be made here: memory is limited per process, and processes are not');
  return byUlimit(limits);
}

const noLimiter: Limiter = { enter: () => [], verdict: () => null, leave: () => {} };

const byUlimit = ({ memory }: Limits): Limiter => ({
  ...noLimiter,
  // Data and not address space: runtimes reserve terabytes of that, and use little.
  enter: () => (memory === null ? [] : [`ulimit -d ${Math.floor(memory / 1024)} 2>/dev/null || :`]),
});

/** Folders in which groups are made, and the files of a group that limit and tell. */
interface Groups {
  readonly memory: string;
  readonly pids: string;
  readonly memoryMax: string;
  readonly events: string;
}

function byGroups(groups: Groups, { memory, processes }: Limits, owner: string): Limiter {
  const prefix = `cao-${createHash('sha256').update(owner).digest('hex').slice(0, 12)}-`;
  const parents = [...new Set([groups.memory, groups.pids])];
  const of = (parent: string, name: string) => join(parent, prefix + name);
  /** The kernel tells nobody when the last program of a group is gone. What is left is seen to at the next start. */
  const remove = (folder: string, tries: number) => {
    try {
      rmdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EBUSY' && tries > 0)
        setTimeout(() => remove(folder, tries - 1), EMPTY_AGAIN_MS);
    }
  };
  for (const parent of parents)
    for (const name of readdirSync(parent)) if (name.startsWith(prefix)) remove(join(parent, name), 0);

  return {
    enter(name) {
      for (const parent of parents) mkdirSync(of(parent, name), { recursive: true });
      if (memory !== null) writeFileSync(join(of(groups.memory, name), groups.memoryMax), String(memory));
      if (processes !== null) writeFileSync(join(of(groups.pids, name), 'pids.max'), String(processes));
      return parents.map((parent) => `echo $$ > '${join(of(parent, name), 'cgroup.procs')}' || :`);
    },
    verdict(name) {
      const events = readOr(join(of(groups.memory, name), groups.events), '');
      const kills = Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0);
      if (kills === 0 || memory === null) return null;
      return `the kernel ended programs of it, as they needed more memory than the ${Math.round(memory / MB)} MB that a terminal may use`;
    },
    leave(name) {
      for (const parent of parents) remove(of(parent, name), EMPTY_TRIES);
    },
  };
}

/** The unified hierarchy: groups are made beside the one of this process, whose parent hands both controllers down. */
function versionTwo(): Groups | null {
  const own = ownGroup('');
  const parent = own && join('/sys/fs/cgroup', own, '..');
  if (!parent || !existsSync('/sys/fs/cgroup/cgroup.controllers') || !mayMake(parent)) return null;
  const handed = readOr(join(parent, 'cgroup.subtree_control'), '').split(/\s+/);
  if (!handed.includes('memory') || !handed.includes('pids')) return null;
  return { memory: parent, pids: parent, memoryMax: 'memory.max', events: 'memory.events' };
}

/** One hierarchy per controller, as on older systems. */
function versionOne(): Groups | null {
  const [memory, pids] = ['memory', 'pids'].map((controller) => {
    const own = ownGroup(controller);
    return own && join('/sys/fs/cgroup', controller, own);
  });
  if (!memory || !pids || !mayMake(memory) || !mayMake(pids)) return null;
  return { memory, pids, memoryMax: 'memory.limit_in_bytes', events: 'memory.oom_control' };
}

/** Of this process, in the hierarchy of a controller; the unified one has no name. */
function ownGroup(controller: string): string | null {
  const line = readOr('/proc/self/cgroup', '')
    .split('\n')
    .map((text) => text.split(':'))
    .find(([, names]) => names?.split(',').includes(controller));
  return line?.[2] ?? null;
}

function mayMake(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}
