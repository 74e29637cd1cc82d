import { access, constants, statfs } from 'node:fs/promises';

const SHARED_MEMORY = '/dev/shm';
/** `TMPFS_MAGIC` of linux/magic.h. */
const TMPFS = 0x01021994;
/** In a container it often has 64 MB. */
const ENOUGH_BYTES = 2 * 1024 ** 3;

/**
 * A folder that lies in memory, has room, and may be written to; null where there is none. Programs may not be run
 * from it everywhere.
 *
 * A file costs less there: ext4 looks at every inode that was freed in the last five seconds before it takes one
 * (`recently_deleted`), and a database that comes or goes is 300 files.
 */
export async function memoryFolder(): Promise<string | null> {
  try {
    const { type, bavail, bsize } = await statfs(SHARED_MEMORY);
    if (type !== TMPFS || bavail * bsize < ENOUGH_BYTES) return null;
    await access(SHARED_MEMORY, constants.W_OK);
    return SHARED_MEMORY;
  } catch {
    return null; // not Linux
  }
}
