import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type OnClose, ownerOf, repoName, type WorkspaceOrder } from '@cao/contracts';
import type { StateFiles } from '../state/files.ts';
import { type Git, GitError } from './git.ts';
import { type Mirrors, startOf } from './mirrors.ts';

/** Units: ms. */
const PUSH_MS = 900_000;

/** One worktree, as its host keeps it beside the tree itself. */
export interface TreeRecord {
  /** The terminal that it was made for. */
  readonly id: string;
  readonly session: string;
  readonly repo: string;
  readonly ref: string | null;
  readonly branch: string;
  readonly onClose: OnClose;
  readonly mirror: string;
  readonly path: string;
  /** What lies before it is others' work. */
  readonly base: string | null;
  /** Its files are all there; until then no terminal has seen it. */
  readonly ready: boolean;
  /** When a terminal last began or ended in it. ISO 8601. */
  readonly usedAt: string;
  /** Worktrees on other hosts, by the marks of their leaving, that its work was in before; oldest first. */
  readonly marks?: readonly string[];
  /** All of it was packed for another host, under this mark. Whether it arrived there, only what comes back can tell. */
  readonly left?: string | null;
}

/** A terminal brings its work from another host: `bundle` has it, or the remote does (null). */
export interface Came {
  readonly marks: readonly string[];
  readonly bundle: string | null;
}

/** Whether a worktree is what its terminal goes on with; without news from another host any is. */
export const isCurrent = ({ marks = [], left }: TreeRecord, news: Came | null): boolean =>
  news === null || (!left && marks.at(-1) === news.marks.at(-1));

/** What the remote does not have. Null: git could not tell. */
export interface Unsaved {
  readonly changed: number | null;
  readonly unpushed: number | null;
  readonly error: string | null;
}

export const isSaved = ({ changed, unpushed }: Unsaved): boolean => changed === 0 && unpushed === 0;

export interface Trees {
  read(id: string): TreeRecord | null;
  write(record: TreeRecord): void;
  /** Makes the worktree from a fresh mirror, with what came along, all or nothing. @throws CaoError not_found (ref), GitError, Stopped */
  make(id: string, mirror: string, order: WorkspaceOrder, came: Came | null): Promise<TreeRecord>;
  /**
   * Writes what the remote does not have into a git bundle: commits, and files that are not committed. Nothing of the worktree is
   * changed. @returns false when there is nothing. @throws GitError, also for a repository inside of it, and for commits of
   * its branch that another one does not have, which is checked out: these would stay
   */
  pack(record: TreeRecord, bundle: string): Promise<boolean>;
  /** Nobody has worked in it since. @throws GitError */
  isAsPacked(record: TreeRecord): Promise<boolean>;
  unsaved(record: TreeRecord): Promise<Unsaved>;
  /** Commits everything, then pushes the branch if there is anything to push. @returns how many commits it pushed. @throws GitError */
  push(record: TreeRecord, message: string): Promise<number>;
  /** Repositories that an agent made inside of it: nothing of them is committed or pushed. */
  nested(record: TreeRecord): Promise<string[]>;
  /** With its branch. Whoever calls has looked at what it loses. */
  remove(record: TreeRecord): Promise<void>;
}

export function makeTrees(root: string, git: Git, mirrors: Mirrors, files: StateFiles): Trees {
  const fileOf = (id: string) => join(root, id, 'workspace.json');
  const write = (record: TreeRecord) => void files.write(fileOf(record.id), record);

  /** A folder that is gone leaves its branch: git is then asked about that one. */
  const inTree = (record: TreeRecord) => ({ cwd: existsSync(record.path) ? record.path : record.mirror });

  const status = async (record: TreeRecord): Promise<string[]> => {
    if (!existsSync(record.path)) return [];
    const out = await git.run(
      ['--no-optional-locks', 'status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=all'],
      inTree(record),
    );
    return out.split('\0').filter(Boolean);
  };

  const unpushed = async (record: TreeRecord): Promise<number> => {
    const where = inTree(record);
    const tips = existsSync(record.path) ? ['HEAD'] : [];
    const branch = `refs/heads/${record.branch}`;
    if (await git.ask(['rev-parse', '--verify', '--quiet', branch], where)) tips.push(branch);
    if (tips.length === 0) return 0;
    const base = record.base === null ? [] : [record.base];
    return Number(
      await git.run(['rev-list', '--count', ...tips, '--not', '--remotes=origin', ...base], where),
    );
  };

  /** Untracked folders with a repository of their own are all that git names with a slash at the end. */
  const nestedIn = (entries: readonly string[]) =>
    entries.filter((entry) => entry.startsWith('?? ') && entry.endsWith('/')).map((entry) => entry.slice(3));

  /** Commits need a name; a host whose user has none gives ours. */
  const identity = async (record: TreeRecord) =>
    (await git.ask(['config', '--get', 'user.email'], inTree(record)))
      ? []
      : ['-c', 'user.name=CAO', '-c', 'user.email=cao@localhost'];

  const commitAll = async (record: TreeRecord, message: string) => {
    const entries = await status(record);
    const nested = nestedIn(entries);
    if (entries.length === nested.length) return;
    const where = inTree(record);
    const left = nested.map((path) => `:(exclude,top,literal)${path.replace(/\/$/, '')}`);
    await git.run(['add', '--all', '--', '.', ...left], where);
    // A change that git's own filters undo leaves nothing to commit.
    if ((await git.ask(['diff', '--cached', '--quiet'], where)) !== null) return;
    await git.run(
      [...(await identity(record)), 'commit', '--no-verify', '--quiet', '--message', message],
      where,
    );
  };

  /** Of a worktree that was packed: its last commit is the parent. */
  const packedRef = (id: string) => `refs/cao/packed/${id}`;

  const unpackBranch = async (mirror: string, branch: string, bundle: string) => {
    const ref = packedRef(ownerOf(branch));
    const inMirror = { cwd: mirror };
    await git.run(
      ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', bundle, `+${ref}:${ref}`],
      inMirror,
    );
    await git.run(['branch', '--force', '--no-track', branch, `${ref}^`], inMirror);
  };

  /** A file of git's own for this worktree. */
  const absolute = async (record: TreeRecord, name: string) =>
    resolve(record.path, (await git.run(['rev-parse', '--git-path', name], { cwd: record.path })).trim());

  /** All of its files as they are now, as a tree of git's; its own index is not touched. */
  const contentOf = async (record: TreeRecord): Promise<string> => {
    const aside = { cwd: record.path, index: join(dirname(fileOf(record.id)), 'index') };
    // A copy knows which files are as they were; made anew, git would read all of them.
    copyFileSync(await absolute(record, 'index'), aside.index);
    await git.run(['add', '--all'], aside);
    const tree = (await git.run(['write-tree'], aside)).trim();
    rmSync(aside.index);
    return tree;
  };

  const remove = async (record: TreeRecord) => {
    await mirrors.locked(record.mirror, async () => {
      if (!existsSync(record.mirror)) return;
      const inMirror = { cwd: record.mirror };
      await git.ask(['worktree', 'remove', '--force', '--force', record.path], inMirror);
      rmSync(record.path, { recursive: true, force: true });
      await git.run(['worktree', 'prune'], inMirror);
      await git.ask(['branch', '-D', record.branch], inMirror);
    });
    files.remove(dirname(fileOf(record.id)));
  };

  return {
    read: (id) => files.read<TreeRecord>(fileOf(id)),
    write,
    async make(id, mirror, order, came) {
      const bundle = came?.bundle ?? null;
      const [, session = ''] = order.branch.split('/');
      const path = join(root, id, repoName(order.repo));
      const record = await mirrors.locked(mirror, async () => {
        if (bundle !== null) await unpackBranch(mirror, order.branch, bundle);
        const start = await startOf(git, mirror, order);
        const made: TreeRecord = {
          id,
          session,
          repo: order.repo,
          ref: order.ref,
          branch: order.branch,
          onClose: order.on_close,
          mirror,
          path,
          base: start.base,
          ready: false,
          usedAt: new Date().toISOString(),
          marks: came?.marks ?? [],
        };
        write(made);
        // What an earlier try left, which no terminal has seen.
        rmSync(path, { recursive: true, force: true });
        await git.run(['worktree', 'prune'], { cwd: mirror });
        await git.run(
          start.exists
            ? ['worktree', 'add', '--force', '--no-checkout', path, order.branch]
            : ['worktree', 'add', '--no-checkout', '--no-track', '-b', order.branch, path, start.commit],
          { cwd: mirror },
        );
        return made;
      });
      // The files come outside of the lock: other worktrees of this repository need not wait for them.
      await git.run(['reset', '--hard', '--quiet', ...(bundle === null ? [] : [packedRef(id)])], {
        cwd: path,
      });
      // Back to its last commit; what was not committed stays in the files, as it was.
      if (bundle !== null) await git.run(['reset', '--mixed', '--quiet', `${packedRef(id)}^`], { cwd: path });
      const ready = { ...record, ready: true };
      write(ready);
      mirrors.touch(mirror);
      return ready;
    },
    async pack(record, bundle) {
      const entries = await status(record);
      const [nested] = nestedIn(entries);
      if (nested) throw new GitError('bundle', `${nested} is a repository of its own`);
      if (entries.length === 0 && (await unpushed(record)) === 0) return false;
      const where = inTree(record);
      const own = `refs/heads/${record.branch}`;
      const isThere = await git.ask(['rev-parse', '--verify', '--quiet', own], where);
      if (isThere && (await git.ask(['merge-base', '--is-ancestor', own, 'HEAD'], where)) === null)
        throw new GitError('bundle', `${record.branch} has commits that are not below what is checked out`);
      const tree = await contentOf(record);
      const message = 'What was not committed when its terminal went to another host';
      const commit = ['commit-tree', tree, '-p', 'HEAD', '-m', message];
      const packed = (await git.run([...(await identity(record)), ...commit], where)).trim();
      const ref = packedRef(record.id);
      await git.run(['update-ref', ref, packed], where);
      await git.run(['bundle', 'create', '--quiet', bundle, ref, '--not', '--remotes=origin'], where);
      return true;
    },
    async isAsPacked(record) {
      if (!existsSync(record.path)) return false;
      const ref = packedRef(record.id);
      const at = (rev: string) => git.ask(['rev-parse', '--verify', '--quiet', rev], inTree(record));
      if ((await at('HEAD')) !== (await at(`${ref}^`))) return false;
      return (await contentOf(record)) === (await at(`${ref}^{tree}`));
    },
    async unsaved(record) {
      try {
        // Without all of its files it is not the work of anybody.
        const changed = record.ready ? (await status(record)).length : 0;
        return { changed, unpushed: await unpushed(record), error: null };
      } catch (error) {
        if (!(error instanceof GitError)) throw error;
        return { changed: null, unpushed: null, error: error.message };
      }
    },
    async push(record, message) {
      await commitAll(record, message);
      const count = await unpushed(record);
      if (count === 0) return 0;
      const what = existsSync(record.path) ? 'HEAD' : `refs/heads/${record.branch}`;
      await git.run(['push', '--quiet', 'origin', `${what}:refs/heads/${record.branch}`], {
        ...inTree(record),
        deadlineMs: PUSH_MS,
      });
      return count;
    },
    nested: async (record) => nestedIn(await status(record)),
    remove,
  };
}
