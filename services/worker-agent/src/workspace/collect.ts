import type { Collection, WorkspaceView } from '@cao/contracts';
import { usedPercent } from './disk.ts';
import type { Git } from './git.ts';
import type { Mirror, Mirrors } from './mirrors.ts';
import { unsavedWords } from './settle.ts';

const DAY_MS = 86_400_000;
/** A full disk does not take what was just used: its terminal may be on its way. Units: ms. */
const FRESH_MS = 3_600_000;

export interface CollectOptions {
  /** Where the worktrees lie. */
  readonly root: string;
  readonly git: Git;
  readonly mirrors: Mirrors;
  /** All worktrees, measured. */
  views(): Promise<WorkspaceView[]>;
  /** Folders of the mirrors that worktrees hang on, but for these. */
  mirrorsInUse(without: ReadonlySet<string>): ReadonlySet<string>;
  /** @returns false: something has changed, it stays. */
  removeSaved(id: string): Promise<boolean>;
  /** Above it, what is unused goes before its time. Units: percent. */
  readonly diskPercent: number;
}

/**
 * Removes what nobody has used for so long, and, while the disk is fuller than it should be, the oldest of the rest; never what a
 * terminal works in, and never work that the remote does not have.
 */
export async function collect(
  options: CollectOptions,
  wish: { readonly days: number; readonly dryRun: boolean },
): Promise<Collection> {
  const { root, mirrors } = options;
  const removed: WorkspaceView[] = [];
  const kept: Collection['kept'] = [];
  const mirrorsRemoved: string[] = [];
  const now = Date.now();
  const isDue = async (usedAt: number) =>
    now - usedAt >= wish.days * DAY_MS ||
    (now - usedAt >= FRESH_MS && (await usedPercent(root)) > options.diskPercent);

  const views = (await options.views()).sort((a, b) => a.used_at.localeCompare(b.used_at));
  for (const view of views) {
    const why = whyItStays(view) ?? ((await isDue(Date.parse(view.used_at))) ? null : young(view, wish.days));
    if (why !== null) kept.push({ ...view, why });
    else if (wish.dryRun || (await options.removeSaved(view.id))) removed.push(view);
    else kept.push({ ...view, why: 'it was used again meanwhile' });
  }
  const gone = new Set(removed.map(({ id }) => id));
  const isFree = ({ dir }: Mirror) => !options.mirrorsInUse(gone).has(dir);
  for (const mirror of mirrors.list().reverse()) {
    if (!isFree(mirror) || !(await isDue(mirror.usedAt.getTime()))) continue;
    if (await hasWork(options.git, mirror)) continue;
    await mirrors.locked(mirror.dir, async () => {
      if (!isFree(mirror)) return;
      if (!wish.dryRun) mirrors.remove(mirror.dir);
      mirrorsRemoved.push(mirror.repo);
    });
  }
  return {
    dry_run: wish.dryRun,
    disk_used_percent: await usedPercent(root),
    removed,
    kept,
    mirrors_removed: mirrorsRemoved,
  };
}

function whyItStays(view: WorkspaceView): string | null {
  if (view.in_use) return 'a terminal works in it';
  if (view.changed === 0 && view.unpushed === 0) return null;
  return `it has ${unsavedWords(view)}: push it from ${view.path}, or lose it with \`cao workspace remove ${view.id} --force\``;
}

const young = (view: WorkspaceView, days: number): string =>
  `it was used on ${view.used_at.slice(0, 10)}, and is kept for ${days} days`;

/** Branches that agents left, and what they stashed. */
async function hasWork(git: Git, { dir }: Mirror): Promise<boolean> {
  const at = ['--git-dir', dir];
  if (await git.ask([...at, 'rev-parse', '--verify', '--quiet', 'refs/stash'])) return true;
  return (await git.ask([...at, 'rev-list', '--count', '--branches', '--not', '--remotes=origin'])) !== '0';
}
