import { statfs } from 'node:fs/promises';
import { availableParallelism, loadavg, totalmem } from 'node:os';
import type { HostHealth } from '@cao/contracts';
import type { Disk } from '../state/disk.ts';

/** How often it is looked at, and so how soon a change is told. Units: ms. */
const LOOK_MS = 10_000;
const MB = 1024 * 1024;

/** What this machine, or the container that this runs in, has left. */
export async function measureHealth(stateDir: string, disk: Disk): Promise<HostHealth> {
  const { bavail, bsize } = await statfs(stateDir);
  const limit = process.constrainedMemory();
  return {
    memory_mb: Math.round((limit > 0 ? Math.min(limit, totalmem()) : totalmem()) / MB),
    memory_free_mb: Math.round(process.availableMemory() / MB),
    disk_free_mb: Math.round((bavail * bsize) / MB),
    load: Math.round(loadavg()[0]! * 100) / 100,
    cores: availableParallelism(),
    disk: disk.trouble(),
  };
}

/** A tenth of the memory, a tenth of the disk space that is left, half a core: less than that is no news. */
export function isNews(before: HostHealth, now: HostHealth): boolean {
  const tenths = ({ memory_free_mb, memory_mb }: HostHealth) => Math.floor((memory_free_mb / memory_mb) * 10);
  const disk = ({ disk_free_mb }: HostHealth) => Math.floor(Math.log(disk_free_mb + 1) / Math.log(1.1));
  const load = ({ load: of, cores }: HostHealth) => Math.floor((of / cores) * 2);
  // Its events come and go with each that is told; what they are about stays.
  const { condition, records } = now.disk ?? {};
  if (before.disk?.condition !== condition || before.disk?.records !== records) return true;
  return tenths(before) !== tenths(now) || disk(before) !== disk(now) || load(before) !== load(now);
}

/** Tells when it has changed so much that placement might decide otherwise. */
export function watchHealth(
  { stateDir, disk, first }: { readonly stateDir: string; readonly disk: Disk; readonly first: HostHealth },
  tell: (health: HostHealth) => void,
): { latest(): HostHealth; stop(): void } {
  let told = first;
  const latest = () => ({ ...told, disk: disk.trouble() });
  const compare = (now: HostHealth) => {
    if (!isNews(told, now)) return;
    told = now;
    tell(now);
  };
  const look = async () => {
    disk.look();
    compare(await measureHealth(stateDir, disk));
  };
  // The state folder is gone: whoever writes there says so.
  const timer = setInterval(() => void look().catch(() => {}), LOOK_MS);
  const unfollow = disk.follow(() => compare(latest()));
  return {
    latest,
    stop() {
      unfollow();
      clearInterval(timer);
    },
  };
}
