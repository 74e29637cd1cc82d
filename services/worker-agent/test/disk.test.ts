import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@cao/runtime';
import { expect, test } from 'vitest';
import { watchDisk } from '../src/state/disk.ts';

const canMount = process.platform === 'linux' && process.getuid?.() === 0;

test.skipIf(!canMount).each([
  ['ro', 'ENOENT', 'its disk is read-only'],
  // One page and two names: the folder above fits, and the next one does not.
  ['size=4k,nr_inodes=2', 'ENOSPC', 'its disk is full'],
])('where a disk with %s refuses a folder as %s, %s (needs root, to mount it)', (options, code, says) => {
  const dir = mkdtempSync(join(tmpdir(), 'cao-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'cao-test', dir]);
  const disk = watchDisk(dir, silentLogger);
  try {
    const makeFolder = () => void mkdirSync(join(dir, 'terminals/a0000000'), { recursive: true });
    expect(makeFolder).toThrow(code);
    expect(() => disk.insist(makeFolder)).toThrow(`${says} (${dir})`);
  } finally {
    disk.stop();
    execFileSync('umount', [dir]);
    rmdirSync(dir);
  }
});
