import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiskCondition } from '@cao/contracts';

/** A disk with nothing else on it, for the state folder of one host: what it takes is for the test to say. */
export interface SmallDisk extends Disposable {
  readonly path: string;
  /** One of the kernel; else only what the worker-agent writes is refused. */
  readonly isReal: boolean;
  /** From now on no new byte fits. @param agent the process that writes there @returns how a host is to tell it */
  fill(stateDir: string, agent: number): DiskCondition;
  /** As a file system that found an error does: nothing that is opened from now on can be written. */
  forbid(stateDir: string, agent: number): DiskCondition;
  /** It takes everything again. */
  mend(): void;
}

/** A file system in memory takes none of it before it is used: as large as a host needs to be placed on. */
const SIZE = 'size=2g';

/** Where nothing may be mounted, folders stand in the way of the files instead: real refusals, told as `disk_failing`. */
export function openSmallDisk(): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'cao-d-'));
  try {
    mount('-t', 'tmpfs', '-o', `${SIZE},mode=0700`, 'cao-test', path);
  } catch {
    console.error('nothing can be mounted here: folders stand in the way of files instead of a full disk');
    return obstructed(path);
  }
  let isForbidden = false;
  return {
    path,
    isReal: true,
    fill() {
      // Just as large as what is on it. It grows while it is looked at: then it is looked at again.
      for (let tries = 0; ; tries++) {
        const { blocks, bfree, bsize } = statfsSync(path);
        try {
          mount('-o', `remount,size=${(blocks - bfree) * bsize}`, path);
          return 'disk_full';
        } catch (error) {
          if (tries === 20) throw error;
        }
      }
    },
    forbid() {
      // Beside what is open for writing, a file system cannot be made read-only from outside: another view of it can.
      mount('--bind', path, path);
      mount('-o', 'remount,bind,ro', path);
      isForbidden = true;
      return 'disk_read_only';
    },
    mend() {
      if (isForbidden) umount(path);
      isForbidden = false;
      mount('-o', `remount,${SIZE}`, path);
    },
    [Symbol.dispose]() {
      if (isForbidden) umount(path);
      umount(path);
      rmdirSync(path);
    },
  };
}

const mount = (...args: string[]) => void execFileSync('mount', args, { stdio: 'pipe' });
/** At once, whatever is open there. */
const umount = (path: string) => void execFileSync('umount', ['--lazy', path], { stdio: 'pipe' });

function obstructed(path: string): SmallDisk {
  const away: string[] = [];
  const inTheWay: string[] = [];
  const obstruct = (file: string, put: (file: string) => void = mkdirSync) => {
    if (existsSync(file)) {
      renameSync(file, `${file}.away`);
      away.push(file);
    }
    put(file);
    inTheWay.push(file);
  };
  const fill = (stateDir: string, agent: number) => {
    obstruct(join(stateDir, 'disk-probe'));
    obstruct(join(stateDir, 'spool.jsonl'));
    // What a terminal is born with begins here.
    obstruct(join(stateDir, 'providers'), (file) => writeFileSync(file, ''));
    const terminals = join(stateDir, 'terminals');
    for (const name of readdirSync(terminals)) obstruct(join(terminals, name, `terminal.json.${agent}.new`));
    return 'disk_failing' as const;
  };
  return {
    path,
    isReal: false,
    fill,
    forbid: fill,
    mend() {
      for (const file of inTheWay.splice(0)) rmSync(file, { recursive: true, force: true });
      for (const file of away.splice(0)) renameSync(`${file}.away`, file);
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
