import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { CaoError, isLocalRepo, normaliseRepo, repoName } from '@cao/contracts';
import { failpoint, makeLocks } from '@cao/runtime';
import { readJson, writeJson } from '../state/json-file.ts';
import { type Git, progressOf } from './git.ts';

/** A first clone may be large; one that hangs is ended by its silence. Units: ms. */
const CLONE_MS = 4 * 3_600_000;
const FETCH_MS = 1_800_000;
/** Each is a line of the log that everybody reads. Units: ms. */
const TELL_EVERY_MS = 5_000;
/** In the folder of each mirror: whose it is. Its time says when it was used last. */
const MARK = 'cao.json';

export interface Mirror {
  readonly dir: string;
  /** By `normaliseRepo`. */
  readonly repo: string;
  readonly usedAt: Date;
}

export type Tell = (note: string) => void;

/**
 * One bare repository per remote, shared by all worktrees of it: its branches lie under `refs/remotes/origin`, ours under
 * `refs/heads`. It appears under its name only when it is whole, so that a clone that was killed is never used.
 */
export interface Mirrors {
  /**
   * What the remote has at a moment after this call. Any number of callers share one clone, and one fetch.
   * @param wish.head ask as well where the remote's HEAD is: its default branch may have become another one.
   * @returns the folder. @throws GitError, Stopped
   */
  fresh(repo: string, wish: { readonly head: boolean }, tell: Tell): Promise<string>;
  /** Where the mirror of a repository is, or would be. */
  dirOf(repo: string): string;
  /** One thing at a time that changes its refs or its list of worktrees. */
  locked<T>(dir: string, work: () => Promise<T>): Promise<T>;
  /** Those used last come first. */
  list(): Mirror[];
  touch(dir: string): void;
  remove(dir: string): void;
}

export function makeMirrors(root: string, git: Git): Mirrors {
  const locks = makeLocks();
  const listeners = new Map<string, Set<Tell>>();
  /** When the last fetch of each began, and the last look at its HEAD. */
  const fetched = new Map<string, number>();
  const headed = new Map<string, number>();
  mkdirSync(root, { recursive: true, mode: 0o700 });
  // Clones that were killed half-way.
  for (const name of readdirSync(root))
    if (name.endsWith('.new')) rmSync(join(root, name), { recursive: true, force: true });

  const dirOf = (repo: string) => {
    const key = normaliseRepo(repo);
    const hash = createHash('sha256').update(key).digest('hex').slice(0, 12);
    return join(root, `${repoName(repo)}-${hash}.git`);
  };

  const progress = (dir: string, doing: string) => {
    let told = 0;
    return (line: string) => {
      const step = progressOf(line);
      if (!step || performance.now() - told < TELL_EVERY_MS) return;
      told = performance.now();
      for (const tell of listeners.get(dir) ?? []) tell(`${doing}: ${step}`);
    };
  };

  const fetch = (dir: string, doing: string, deadlineMs: number, target = dir) =>
    // --tags, and no refspec for them: tags that an agent made are not pruned.
    git.run(
      [
        '--git-dir',
        target,
        'fetch',
        '--prune',
        '--tags',
        '--force',
        '--progress',
        '--no-write-fetch-head',
        'origin',
      ],
      { deadlineMs, onProgress: progress(dir, doing) },
    );

  const clone = async (repo: string, dir: string) => {
    const draft = `${dir}.${randomBytes(4).toString('hex')}.new`;
    try {
      await git.run(['init', '--bare', '--quiet', '--template=', draft]);
      const set = (name: string, value: string) => git.run(['--git-dir', draft, 'config', name, value]);
      // git would take a path for a folder to share objects with, and read its configuration.
      await set('remote.origin.url', isLocalRepo(repo) ? normaliseRepo(repo) : repo);
      await set('remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*');
      await fetch(dir, `cloning ${repoName(repo)}`, CLONE_MS, draft);
      writeJson(join(draft, MARK), { repo: normaliseRepo(repo) });
      await failpoint('agent.clone.before-rename');
      renameSync(draft, dir);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      throw error;
    }
  };

  const touch = (dir: string) => {
    const now = new Date();
    utimesSync(join(dir, MARK), now, now);
  };

  return {
    dirOf,
    async fresh(repo, wish, tell) {
      const dir = dirOf(repo);
      const asked = performance.now();
      const all = listeners.get(dir) ?? new Set();
      listeners.set(dir, all.add(tell));
      try {
        await locks.run(dir, async () => {
          await since(fetched, dir, asked, async () => {
            if (existsSync(dir)) await fetch(dir, `fetching ${repoName(repo)}`, FETCH_MS);
            else await clone(repo, dir);
          });
          // Away for a moment, it is where it was.
          if (wish.head)
            await since(headed, dir, asked, () =>
              git.ask(['--git-dir', dir, 'remote', 'set-head', 'origin', '--auto'], { deadlineMs: FETCH_MS }),
            );
          touch(dir);
        });
      } finally {
        all.delete(tell);
      }
      return dir;
    },
    locked: (dir, work) => locks.run(dir, work),
    list() {
      const found = readdirSync(root).flatMap((name) => {
        const dir = join(root, name);
        const mark = name.endsWith('.git') ? readJson<{ repo: string }>(join(dir, MARK)) : null;
        return mark ? [{ dir, repo: mark.repo, usedAt: statSync(join(dir, MARK)).mtime }] : [];
      });
      return found.sort((a, b) => b.usedAt.getTime() - a.usedAt.getTime());
    },
    touch,
    remove: (dir) => rmSync(dir, { recursive: true, force: true }),
  };
}

/** Does it unless it was begun after `asked`. */
async function since(
  times: Map<string, number>,
  dir: string,
  asked: number,
  work: () => Promise<unknown>,
): Promise<void> {
  if ((times.get(dir) ?? Number.NEGATIVE_INFINITY) >= asked) return;
  const began = performance.now();
  await work();
  times.set(dir, began);
}

/** Where a worktree is to begin: the newest of what it may go on from. */
export interface Start {
  readonly commit: string;
  /** It is the worktree's own branch, and there already. */
  readonly exists: boolean;
  /** What lies before it is not this terminal's work; null: all of the branch may be. */
  readonly base: string | null;
}

/** @throws CaoError not_found: the repository has no such branch, tag or commit. */
export async function startOf(
  git: Git,
  dir: string,
  order: { readonly branch: string; readonly from: string | null; readonly ref: string | null },
): Promise<Start> {
  const at = (rev: string) =>
    git.ask(['--git-dir', dir, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${rev}^{commit}`]);
  const own = await at(`refs/heads/${order.branch}`);
  if (own) return { commit: own, exists: true, base: null };
  const before = [
    `refs/remotes/origin/${order.branch}`,
    ...(order.from ? [`refs/heads/${order.from}`, `refs/remotes/origin/${order.from}`] : []),
  ];
  for (const rev of before) {
    const commit = await at(rev);
    if (commit) return { commit, exists: false, base: commit };
  }
  const commit = order.ref === null ? await at('refs/remotes/origin/HEAD') : await named(order.ref, at);
  if (commit) return { commit, exists: false, base: commit };
  throw new CaoError(
    'not_found',
    order.ref === null
      ? "the remote's HEAD names no commit; say which branch with --ref"
      : `ref: the repository has no branch, tag or commit ${order.ref}`,
  );
}

/** A branch goes before a tag of the same name, and both before a commit that looks like it. */
async function named(ref: string, at: (rev: string) => Promise<string | null>): Promise<string | null> {
  const short = ref.replace(/^refs\/(heads|tags)\//, '');
  return (
    (await at(`refs/remotes/origin/${short}`)) ??
    (await at(`refs/tags/${short}`)) ??
    (/^[0-9a-f]{7,64}$/.test(ref) ? await at(ref) : null)
  );
}
