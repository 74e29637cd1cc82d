import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ProviderId } from '@cao/contracts';
import { readJson, writeJson } from '../state/json-file.ts';

/** What a host keeps of a terminal beside tmux's own options: enough to go on after a restart of the agent. */
export interface TerminalRecord {
  readonly id: string;
  readonly epoch: number;
  readonly session: string;
  readonly provider: ProviderId;
  readonly cwd: string;
  readonly nativeSessionId: string;
  /** The terminal's own token, for hooks and tools. The api knows only its hash. */
  readonly token: string;
  /** Where the CLI writes its session log; told by a signal. */
  readonly logPath: string | null;
  /** The message whose proof was awaited last, and the size of the log before it. */
  readonly inFlight: { readonly seq: number; readonly logOffset: number } | null;
}

/** The private folder of one terminal under one epoch. */
export const terminalDir = (stateDir: string, id: string, epoch: number): string =>
  join(stateDir, 'terminals', `${id}-${epoch}`);

const recordFile = (stateDir: string, id: string, epoch: number) =>
  join(terminalDir(stateDir, id, epoch), 'terminal.json');

export const readRecord = (stateDir: string, id: string, epoch: number): TerminalRecord | null =>
  readJson<TerminalRecord>(recordFile(stateDir, id, epoch));

export const writeRecord = (stateDir: string, record: TerminalRecord): void =>
  writeJson(recordFile(stateDir, record.id, record.epoch), record);

export const removeTerminalDir = (stateDir: string, id: string, epoch: number): void =>
  rmSync(terminalDir(stateDir, id, epoch), { recursive: true, force: true });
