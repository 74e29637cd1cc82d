import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentEvent, branchOf, type WorkspaceOrder } from '@cao/contracts';
import { silentLogger } from '@cao/runtime';
import { type Disk, watchDisk } from '../../src/state/disk.ts';
import { makeStateFiles } from '../../src/state/files.ts';
import type { Came } from '../../src/workspace/trees.ts';
import { makeWorkspaces, type Workspaces } from '../../src/workspace/workspaces.ts';
import type { Ground } from './remote.ts';

type WorkspaceEvent = Extract<AgentEvent, { kind: 'workspace' }>;

/** The workspaces of one host, without terminals: what works in them is said by the test. */
export interface WorkspaceHost extends Disposable {
  readonly workspaces: Workspaces;
  readonly disk: Disk;
  readonly stateDir: string;
  readonly told: WorkspaceEvent[];
  readonly busy: Set<string>;
  /** As the api asks for it: until it is there, or the host says that it cannot be. @returns its path. */
  open(terminal: string, order: Partial<WorkspaceOrder> & { repo: string }, came?: Came): Promise<string>;
}

export function makeHost(
  ground: Ground,
  options: { diskPercent?: number; name?: string } = {},
): WorkspaceHost {
  const stateDir = join(ground.dir, options.name ?? 'state');
  const told: WorkspaceEvent[] = [];
  const busy = new Set<string>();
  const waiting = new Map<string, (event: WorkspaceEvent) => void>();
  const disk = watchDisk(stateDir, silentLogger);
  const workspaces = makeWorkspaces({
    disk,
    files: makeStateFiles(stateDir, disk),
    userEnv: ground.env,
    log: silentLogger,
    emit(event) {
      if (event.kind !== 'workspace') return;
      told.push(event);
      if (event.state !== 'preparing') waiting.get(event.terminal)?.(event);
    },
    inUse: (id) => busy.has(id),
    days: 14,
    diskPercent: options.diskPercent ?? 100,
  });
  return {
    workspaces,
    disk,
    stateDir,
    told,
    busy,
    async open(terminal, given, came) {
      const order = {
        ref: null,
        from: null,
        branch: branchOf('cao-x', terminal),
        on_close: 'keep' as const,
        ...given,
      };
      const pane = { terminal, epoch: 1 };
      const ended = new Promise<WorkspaceEvent>((resolve) => waiting.set(terminal, resolve));
      const first = workspaces.prepare(pane, order, came);
      if ('path' in first) return first.path;
      const { state, note } = await ended;
      if (state === 'failed') throw new Error(note);
      const second = workspaces.prepare(pane, order, came);
      if (!('path' in second) || !existsSync(second.path)) throw new Error('it is ready, and not there');
      return second.path;
    },
    [Symbol.dispose]() {
      workspaces.stop();
      disk.stop();
    },
  };
}
