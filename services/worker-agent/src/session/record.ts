import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ApprovalDecision, Failure, ProviderId } from '@cao/contracts';
import type { AgentState } from '@cao/providers';
import type { StateFiles } from '../state/files.ts';
import type { OpenApproval } from './approvals.ts';
import type { CliApiAt } from './cli-api.ts';

/** What a host keeps of a terminal beside tmux's own options: enough to go on after a restart of the agent. */
export interface TerminalRecord {
  readonly id: string;
  readonly epoch: number;
  readonly session: string;
  readonly provider: ProviderId;
  readonly cwd: string;
  /** The worktree that it works in; null: an ordinary folder. */
  readonly workspace: string | null;
  /** It is over, and its workspace is being dealt with: then this is told. */
  readonly ending: Ending | null;
  readonly nativeSessionId: string;
  /** The terminal's own token, for hooks and tools. The api knows only its hash. */
  readonly token: string;
  /** What else must not be read in its output: secrets of its profile. */
  readonly secrets: readonly string[];
  /** Where the CLI serves its API, for those that have one; the port was free at birth. */
  readonly api: CliApiAt | null;
  readonly apiPort: number;
  /** It may run only while the host's lease holds. */
  readonly leased: boolean;
  /** Limits that its CLI cannot enforce. */
  readonly onlyAsked: readonly string[];
  /** Links outside its folder that go with it. */
  readonly outside: readonly string[];
  /** Where the CLI writes its session log; told by a signal. */
  readonly logPath: string | null;
  /** Its conversation began in another terminal: what its log has from then is told already. */
  readonly resumed: boolean;
  /** What the CLI had said last, and how far its log was read then: what it said meanwhile is read from there. */
  readonly agent: AgentState | null;
  readonly logOffset: number;
  /** The message whose proof is awaited, and the size of the log before its paste. */
  readonly inFlight: { readonly seq: number; readonly text: string; readonly logOffset: number } | null;
  /** The last message whose proof was told. */
  readonly provenSeq: number;
  /** The permission prompt that is open, under the id that was given to it. */
  readonly approval: OpenApproval | null;
  /** The last one that was decided through CAO: asked again, the answer is the same. */
  readonly answered: { readonly id: string; readonly decision: ApprovalDecision } | null;
}

/** Why a terminal is no more. */
export interface Ending {
  readonly reason: string;
  readonly failure: Failure | null;
}

/** The private folder of one terminal under one epoch. */
export const terminalDir = (stateDir: string, id: string, epoch: number): string =>
  join(stateDir, 'terminals', `${id}-${epoch}`);

export const recordFile = (stateDir: string, id: string, epoch: number) =>
  join(terminalDir(stateDir, id, epoch), 'terminal.json');

/** Fields that an older agent did not write have their value of a fresh terminal. */
export function readRecord(files: StateFiles, id: string, epoch: number): TerminalRecord | null {
  const known = files.read<Partial<TerminalRecord>>(recordFile(files.dir, id, epoch));
  return (
    known &&
    ({
      secrets: [],
      workspace: null,
      ending: null,
      api: null,
      apiPort: 0,
      onlyAsked: [],
      resumed: false,
      leased: false,
      outside: [],
      logPath: null,
      agent: null,
      logOffset: 0,
      inFlight: null,
      provenSeq: 0,
      approval: null,
      answered: null,
      ...known,
    } as TerminalRecord)
  );
}

/** Records of this host, whether their panes are there or not. */
export function allRecords(files: StateFiles): TerminalRecord[] {
  const folder = join(files.dir, 'terminals');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const [id = '', epoch = ''] = name.split('-');
    return readRecord(files, id, Number(epoch)) ?? [];
  });
}

/** @returns whether it is on disk; what is not is kept, and written when the disk takes it. */
export const writeRecord = (files: StateFiles, record: TerminalRecord): boolean =>
  files.write(recordFile(files.dir, record.id, record.epoch), record);

export function removeTerminalDir(files: StateFiles, id: string, epoch: number): void {
  for (const path of readRecord(files, id, epoch)?.outside ?? []) removeLink(path);
  files.remove(terminalDir(files.dir, id, epoch));
}

function removeLink(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // on a disk of the user that takes no writes: it leads nowhere from now on
  }
}

/** Folders of terminals whose pane went while nobody looked: with the machine, or with its tmux. */
export function removeStaleDirs(files: StateFiles, panes: readonly { id: string; epoch: number }[]): void {
  const parent = join(files.dir, 'terminals');
  const open = new Set(panes.map(({ id, epoch }) => `${id}-${epoch}`));
  for (const name of existsSync(parent) ? readdirSync(parent) : []) {
    const [id, epoch] = name.split('-');
    if (!open.has(name)) removeTerminalDir(files, id!, Number(epoch));
  }
}
