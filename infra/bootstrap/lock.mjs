import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { say } from './say.mjs';

/** How often a waiting run looks whether the other one is done. */
const LOOK_AGAIN_MS = 200;

/**
 * One run at a time installs and builds in a clone. The lock is a file with a pid; the lock of a dead one is taken over.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, work) {
  await mkdir(dirname(file), { recursive: true });
  let said = false;
  while (!(await taken(file))) {
    const holder = await readFile(file, 'utf8').catch(() => '');
    if (isAlive(Number(holder))) {
      if (!said) say(`another run (pid ${holder}) is installing or building here: waiting for it`);
      said = true;
      await pause(LOOK_AGAIN_MS);
    } else await takeAway(file, holder);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/** The pid is in the file from its first moment: it is written elsewhere and linked into place. */
async function taken(file) {
  const own = `${file}.${process.pid}.own`;
  await writeFile(own, String(process.pid));
  try {
    await link(own, file);
    return true;
  } catch (cause) {
    if (cause.code === 'EEXIST') return false;
    throw cause;
  } finally {
    await rm(own, { force: true });
  }
}

/** Only who manages to rename it owns the removal; a lock that changed hands meanwhile is put back. */
async function takeAway(file, holder) {
  const aside = `${file}.${process.pid}.aside`;
  try {
    await rename(file, aside);
    if ((await readFile(aside, 'utf8')) === holder) await rm(aside);
    else await rename(aside, file);
  } catch (cause) {
    if (cause.code !== 'ENOENT') throw cause;
  }
}

function isAlive(pid) {
  if (!pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause.code === 'EPERM';
  }
}
