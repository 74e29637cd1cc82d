import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AgentEvent,
  CaoError,
  CHECKPOINT,
  type Checkpoint,
  type Collection,
  MOST_MARKS,
  ownerOf,
  terminalId,
  type WorkspaceOrder,
  type WorkspaceOutcome,
  type WorkspaceView,
} from '@cao/contracts';
import { failpoint, type Logger, makeLocks, newUuid } from '@cao/runtime';
import type { Disk } from '../state/disk.ts';
import type { StateFiles } from '../state/files.ts';
import { collect } from './collect.ts';
import { sizeOf } from './disk.ts';
import { GitError, makeGit, Stopped } from './git.ts';
import { makeMirrors } from './mirrors.ts';
import { settle, unsavedWords } from './settle.ts';
import { type Came, isCurrent, isSaved, makeTrees, type TreeRecord } from './trees.ts';

/** The start of a terminal keeps its place as long as it is told of this often. Units: ms. */
const TELL_AGAIN_MS = 20_000;
const COLLECT_EVERY_MS = 3_600_000;
/** What a `hello` may tell. */
const MOST_WARM = 100;

/** Units: characters. */
const MOST_NOTE = 2_000;

interface Pane {
  readonly terminal: string;
  readonly epoch: number;
}

export interface WorkspacesOptions {
  readonly disk: Disk;
  readonly files: StateFiles;
  readonly userEnv: Readonly<Record<string, string>>;
  readonly log: Logger;
  emit(event: AgentEvent): void;
  /** A terminal works in it. */
  inUse(id: string): boolean;
  /** How long a worktree that nobody uses is kept. Units: days. */
  readonly days: number;
  readonly diskPercent: number;
}

/** Mirrors and worktrees of this host: made, settled, collected. What takes long goes on by itself and is told as an event. */
export interface Workspaces {
  /** Repositories that it has, for the api to place by. */
  warm(): string[];
  has(id: string): boolean;
  /** The worktree if it is there; else begins to make it: `workspace` events tell how that goes. */
  prepare(
    pane: Pane,
    order: WorkspaceOrder,
    came?: Came | null,
  ): { readonly path: string } | { readonly preparing: string };
  /** Writes what the remote does not have into a git bundle. */
  pack(id: string, bundle: string): Promise<Packed>;
  /** Nobody waits for it any more. */
  cancel(pane: Pane): void;
  /** Does what was asked for at the end of a terminal. @throws Stopped */
  settle(id: string): Promise<WorkspaceOutcome | null>;
  list(): Promise<WorkspaceView[]>;
  /** @throws CaoError not_found, conflict (in use; work would be lost) */
  remove(id: string, how: { readonly force: boolean; readonly dryRun: boolean }): Promise<WorkspaceView>;
  collect(wish: { readonly days?: number | undefined; readonly dryRun: boolean }): Promise<Collection>;
  /** Collects now, and then every hour. */
  start(): void;
  stop(): void;
}

/** What became of the work of a terminal that goes elsewhere, in words too. */
export type Packed = Pick<Checkpoint, 'work' | 'marks' | 'note'>;

interface Job {
  readonly order: WorkspaceOrder;
  readonly came: Came | null;
  note: string;
  cancelled: boolean;
}

export function makeWorkspaces(options: WorkspacesOptions): Workspaces {
  const { log, emit } = options;
  const root = join(options.files.dir, 'workspaces');
  const treesDir = join(root, 'trees');
  mkdirSync(treesDir, { recursive: true, mode: 0o700 });
  const git = makeGit(options.userEnv);
  const mirrors = makeMirrors(join(root, 'mirrors'), git);
  const trees = makeTrees(treesDir, git, mirrors, options.files);
  const locks = makeLocks();
  /** Worktrees that may be gone in a moment. */
  const atWork = new Map<string, number>();
  const jobs = new Map<string, Job>();
  let timer: NodeJS.Timeout | undefined;

  const keyOf = ({ terminal, epoch }: Pane) => `${terminal}/${epoch}`;
  const ready = (id: string): TreeRecord | null => {
    const record = trees.read(id);
    return record?.ready && existsSync(record.path) ? record : null;
  };
  const use = (record: TreeRecord, more: Partial<TreeRecord> = {}) =>
    trees.write({ ...record, ...more, usedAt: new Date().toISOString() });
  const records = (): TreeRecord[] =>
    readdirSync(treesDir)
      .filter((name) => terminalId.safeParse(name).success)
      .flatMap((name) => trees.read(name) ?? []);

  const isBusy = (id: string) =>
    options.inUse(id) || [...jobs.values()].some(({ order }) => ownerOf(order.branch) === id);

  /** One thing at a time happens to a worktree. */
  const alone = <T>(id: string, work: () => Promise<T>): Promise<T> => {
    atWork.set(id, (atWork.get(id) ?? 0) + 1);
    return locks.run(id, work).finally(() => {
      const left = atWork.get(id)! - 1;
      if (left > 0) atWork.set(id, left);
      else atWork.delete(id);
    });
  };

  const view = async (record: TreeRecord): Promise<WorkspaceView> => ({
    id: record.id,
    session_name: record.session,
    repo: record.repo,
    ref: record.ref,
    branch: record.branch,
    path: record.path,
    on_close: record.onClose,
    in_use: isBusy(record.id),
    used_at: record.usedAt,
    size_bytes: await sizeOf(record.path),
    ...(await trees.unsaved(record)),
  });
  const list = async (): Promise<WorkspaceView[]> => {
    const views: WorkspaceView[] = [];
    // One after the other: the agents work on this machine.
    for (const record of records()) views.push(await view(record));
    return views;
  };

  /** Its terminal was elsewhere meanwhile, and what it brings from there counts. */
  const replace = async (old: TreeRecord, { marks }: Came) => {
    const cameBack = typeof old.left === 'string' && marks.includes(old.left);
    const unsaved = await trees.unsaved(old);
    if (!isSaved(unsaved) && !(cameBack && (await trees.isAsPacked(old))))
      throw new CaoError(
        'conflict',
        `workspace ${old.id} at ${old.path} has ${unsavedWords(unsaved)} of an earlier time; push it from there, or lose it with \`cao workspace remove ${old.id} --force\``,
      );
    await trees.remove(old);
  };

  /** @returns whether it was made for this terminal, which still wants it. */
  const make = async (job: Job, tell: (note: string) => void): Promise<boolean> => {
    const { order } = job;
    const id = ownerOf(order.branch);
    return alone(id, async () => {
      if (job.cancelled) return false;
      const old = trees.read(id);
      if (old && isCurrent(old, job.came) && ready(id)) return true;
      if (old?.ready && job.came && !isCurrent(old, job.came)) await replace(old, job.came);
      const mirror = await mirrors.fresh(order.repo, { head: order.ref === null }, tell);
      if (job.cancelled) return false;
      tell('making its worktree');
      await trees.make(id, mirror, order, job.came);
      return !job.cancelled;
    });
  };

  const begin = (pane: Pane, job: Job) => {
    const event = (state: 'preparing' | 'ready' | 'failed', note: string, elsewhere = false) =>
      emit({ kind: 'workspace', ...pane, state, note: note.slice(0, MOST_NOTE), elsewhere });
    const tell = (note: string) => {
      if (job.cancelled) return;
      job.note = note;
      event('preparing', note);
    };
    const again = setInterval(() => tell(job.note), TELL_AGAIN_MS);
    make(job, tell)
      .finally(() => {
        clearInterval(again);
        jobs.delete(keyOf(pane));
      })
      .then(
        (wanted) => wanted && event('ready', 'its worktree is ready'),
        (error: Error) => {
          if (error instanceof Stopped || job.cancelled) return;
          log.warn({ err: error, ...pane, repo: job.order.repo }, 'a worktree could not be made');
          options.disk.look();
          event('failed', error.message, options.disk.trouble() !== null);
        },
      );
  };

  const whole: Workspaces = {
    warm: () =>
      mirrors
        .list()
        .slice(0, MOST_WARM)
        .map(({ repo }) => repo),
    has: (id) => trees.read(id) !== null,
    prepare(pane, order, came = null) {
      const known = jobs.get(keyOf(pane));
      if (known) return { preparing: known.note };
      const id = ownerOf(order.branch);
      const record = atWork.has(id) ? null : ready(id);
      if (record && isCurrent(record, came)) {
        use(record, { onClose: order.on_close, left: null });
        return { path: record.path };
      }
      const job = { order, came, note: 'preparing its worktree', cancelled: false };
      jobs.set(keyOf(pane), job);
      begin(pane, job);
      return { preparing: job.note };
    },
    cancel(pane) {
      const job = jobs.get(keyOf(pane));
      if (job) job.cancelled = true;
    },
    pack: (id, bundle) =>
      alone(id, async () => {
        const record = ready(id);
        if (!record) return { work: 'none', marks: [], note: '' };
        try {
          const packed = await trees.pack(record, bundle);
          const { size } = packed ? statSync(bundle) : { size: 0 };
          if (size > CHECKPOINT.most / 2) {
            rmSync(bundle);
            throw new GitError('bundle', `it would be ${Math.round(size / 1e6)} MB`);
          }
          const left = newUuid();
          trees.write({ ...record, left });
          const marks = [...(record.marks ?? []), left].slice(-MOST_MARKS);
          return packed
            ? { work: 'comes', marks, note: 'its unpushed work comes along' }
            : { work: 'saved', marks, note: 'the remote has all of its work' };
        } catch (error) {
          if (!(error instanceof GitError)) throw error;
          const note = `its unpushed work stays at ${record.path}: ${error.message}`;
          return { work: 'stays', marks: [], note: note.slice(0, MOST_NOTE) };
        }
      }),
    settle: (id) =>
      alone(id, async () => {
        const record = trees.read(id);
        if (!record) return null;
        use(record);
        if (options.inUse(id))
          return { did: 'kept', note: `kept at ${record.path}: another terminal works in it` };
        await failpoint('agent.workspace.before-settle');
        try {
          const { did, note } = await settle(trees, record);
          return { did, note: note.slice(0, MOST_NOTE) };
        } catch (error) {
          if (error instanceof Stopped) throw error;
          log.error({ err: error, workspace: id }, 'a workspace could not be settled');
          return { did: 'kept', note: `kept at ${record.path}: ${(error as Error).message}` };
        }
      }),
    list,
    remove: (id, { force, dryRun }) =>
      alone(id, async () => {
        const record = trees.read(id);
        if (!record) throw new CaoError('not_found', `there is no workspace ${id} on this host`);
        const found = await view(record);
        if (isBusy(id)) throw new CaoError('conflict', `a terminal works in workspace ${id}; end it first`);
        if (!force && !isSaved(found))
          throw new CaoError(
            'conflict',
            `workspace ${id} at ${record.path} has ${unsavedWords(found)}; push it, or say --force to lose it`,
          );
        if (!dryRun) await trees.remove(record);
        return found;
      }),
    collect: ({ days = options.days, dryRun }) =>
      collect(
        {
          root,
          git,
          mirrors,
          diskPercent: options.diskPercent,
          views: list,
          mirrorsInUse: (without) =>
            new Set([
              ...records().flatMap(({ id, mirror }) => (without.has(id) ? [] : [mirror])),
              ...[...jobs.values()].map(({ order }) => mirrors.dirOf(order.repo)),
            ]),
          removeSaved: (id) =>
            whole.remove(id, { force: false, dryRun: false }).then(
              () => true,
              (error) => {
                if (error instanceof CaoError) return false;
                throw error;
              },
            ),
        },
        { days, dryRun },
      ),
    start() {
      const run = () =>
        whole.collect({ dryRun: false }).then(
          ({ removed, kept, mirrors_removed, disk_used_percent }) =>
            log.info(
              {
                disk_used_percent,
                removed: removed.map(({ path }) => path),
                mirrors_removed,
                unsaved: kept
                  .filter((one) => !one.in_use && !isSaved(one))
                  .map(({ path, branch, size_bytes, used_at, why }) => ({
                    path,
                    branch,
                    size_bytes,
                    used_at,
                    why,
                  })),
              },
              'workspaces were collected',
            ),
          (error) =>
            error instanceof Stopped || log.warn({ err: error }, 'workspaces could not be collected'),
        );
      void run();
      timer = setInterval(() => void run(), COLLECT_EVERY_MS);
    },
    stop() {
      clearInterval(timer);
      git.stop();
    },
  };
  return whole;
}
