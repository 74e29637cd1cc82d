import type { AgentEvent, PaneReport } from '@cao/contracts';
import type { Logger } from '@cao/runtime';
import type { StateFiles } from '../state/files.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { allRecords, type Ending, removeTerminalDir, type TerminalRecord, writeRecord } from './record.ts';

interface Pane {
  readonly id: string;
  readonly epoch: number;
}

/** Terminals whose panes are gone, and whose workspaces are being dealt with: their ends are told after that. */
export interface Endings {
  has(pane: Pane): boolean;
  /** Kept until the end is told: whoever dies in between begins there. Nothing for one without a workspace. */
  mark(record: TerminalRecord | null, how: Ending): void;
  /** Marked by an earlier worker-agent. */
  marked(): TerminalRecord[];
  /** Does what was asked for with the workspace, then tells the end. */
  finish(pane: Pane, workspace: string, how: Ending): void;
  /** As dead panes: nobody takes them for lost meanwhile. */
  report(): PaneReport[];
}

export function makeEndings(options: {
  readonly files: StateFiles;
  readonly workspaces: Workspaces;
  readonly log: Logger;
  readonly emit: (event: AgentEvent) => void;
}): Endings {
  const { files, workspaces, log, emit } = options;
  const open = new Map<string, Pane>();
  const keyOf = ({ id, epoch }: Pane) => `${id}/${epoch}`;
  return {
    has: (pane) => open.has(keyOf(pane)),
    mark(record, how) {
      if (record?.workspace && !record.ending) writeRecord(files, { ...record, ending: how });
    },
    marked: () => allRecords(files).filter(({ ending, workspace }) => ending && workspace),
    finish({ id, epoch }, workspace, how) {
      const pane = { id, epoch };
      if (open.has(keyOf(pane))) return;
      open.set(keyOf(pane), pane);
      workspaces.settle(workspace).then(
        (outcome) => {
          removeTerminalDir(files, id, epoch);
          open.delete(keyOf(pane));
          emit({ kind: 'closed', terminal: id, epoch, ...how, workspace: outcome });
        },
        (error) => log.info({ err: error, terminal: id }, 'a workspace is settled after the next start'),
      );
    },
    report: () =>
      [...open.values()].map(({ id, epoch }) => ({
        terminal: id,
        epoch,
        seq: 0,
        sent: 0,
        dead: true,
        status: 'unknown',
        source: 'none',
        evidence: 'it has ended; its workspace is being dealt with',
        token_hash: null,
        cwd: '',
        approval: null,
      })),
  };
}
