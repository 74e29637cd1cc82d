import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageView } from '@cao/contracts';

/** What the panes really received, against what the ledger says. All counts are of messages. */
export interface Verdict {
  sent: number;
  accepted: number;
  dead: number;
  open: number;
  /** Accepted by the ledger, never submitted in the pane. */
  lost: string[];
  doubled: string[];
  reordered: string[];
  /** Dead by the ledger and yet submitted, in a pane that lived on. */
  deadButTaken: string[];
  /** Text or keys of ours that an open dialog got. */
  dialogsAnswered: string[];
}

interface RecordLine {
  readonly n?: number;
  readonly text?: string;
  readonly misplaced?: string;
  readonly dialog_key?: string;
}

/** The scripted agent's own record of one terminal. */
export function recordOf(folder: string, terminal: string): RecordLine[] {
  const file = join(folder, `${terminal}.jsonl`);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RecordLine);
}

/** Compares one terminal's inbox with its record. Messages must have texts that differ. */
export function judge(
  verdict: Verdict,
  inbox: readonly MessageView[],
  lines: readonly RecordLine[],
  closed: boolean,
): void {
  const submitted = lines.flatMap((line) =>
    line.n !== undefined && line.text !== undefined ? [line.text] : [],
  );
  const count = (text: string) => submitted.filter((one) => one === text).length;
  const bySeq = [...inbox].sort((a, b) => a.seq - b.seq);
  const name = (message: MessageView) => `${message.terminal_id}/${message.seq} (${message.state})`;
  for (const message of bySeq) {
    verdict.sent++;
    if (message.state === 'accepted') verdict.accepted++;
    else if (message.state === 'dead') verdict.dead++;
    else verdict.open++;
    if (count(message.text) > 1) verdict.doubled.push(name(message));
    if (message.state === 'accepted' && count(message.text) === 0) verdict.lost.push(name(message));
    if (message.state === 'dead' && count(message.text) > 0 && !closed)
      verdict.deadButTaken.push(name(message));
  }
  const order = submitted
    .map((text) => bySeq.findIndex((message) => message.text === text))
    .filter((at) => at >= 0);
  order.forEach((at, index) => {
    if (index > 0 && at < order[index - 1]!) verdict.reordered.push(name(bySeq[at]!));
  });
  for (const line of lines)
    if (line.misplaced !== undefined || line.dialog_key !== undefined)
      verdict.dialogsAnswered.push(JSON.stringify(line));
}

export const emptyVerdict = (): Verdict => ({
  sent: 0,
  accepted: 0,
  dead: 0,
  open: 0,
  lost: [],
  doubled: [],
  reordered: [],
  deadButTaken: [],
  dialogsAnswered: [],
});
