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
  /** Submitted more often by one program than the ledger has it. */
  doubled: string[];
  reordered: string[];
  /** Submitted, and in the ledger of this terminal there is no such text: half a message, or two in one. */
  garbled: string[];
  /** Dead by the ledger and yet submitted, in a pane that lived on. */
  deadButTaken: string[];
  /** Text or keys of ours that an open dialog got. */
  dialogsAnswered: string[];
}

/** A line of what a scripted agent wrote down. */
export interface RecordLine {
  /** Of the program: one epoch of its terminal. */
  readonly pid?: number;
  readonly n?: number;
  readonly text?: string;
  readonly misplaced?: string;
  readonly dialog_key?: string;
  /** A line of its session log. */
  readonly did?: string;
}

type Row = Pick<MessageView, 'terminal_id' | 'seq' | 'state' | 'text'>;

/** The scripted agent's own record of one terminal. */
export function recordOf(folder: string, terminal: string): RecordLine[] {
  const file = join(folder, `${terminal}.jsonl`);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RecordLine);
}

/** Compares one terminal's inbox with its record. `closed`: its pane did not live on. */
export function judge(
  verdict: Verdict,
  inbox: readonly Row[],
  lines: readonly RecordLine[],
  closed: boolean,
): void {
  const byText = Map.groupBy(
    [...inbox].sort((a, b) => a.seq - b.seq),
    ({ text }) => text,
  );
  const programs = [...Map.groupBy(lines, ({ pid }) => pid).values()].map(submittedIn);
  const name = (row: Row) => `${row.terminal_id}/${row.seq} (${row.state})`;

  for (const { state } of inbox) {
    verdict.sent++;
    verdict[state === 'accepted' || state === 'dead' ? state : 'open']++;
  }
  for (const [text, rows] of byText) {
    const taken = programs.map((submitted) => submitted.filter((one) => one === text).length);
    const inOne = Math.max(0, ...taken);
    const inState = (state: Row['state']) => rows.filter((row) => row.state === state);
    if (inOne > rows.length) verdict.doubled.push(name(rows[0]!));
    if (taken.reduce((sum, count) => sum + count, 0) < inState('accepted').length)
      verdict.lost.push(name(inState('accepted')[0]!));
    const dead = inState('dead');
    // What an earlier epoch had and did not answer is given to the next one, which may drop it.
    if (!closed && dead.length > 0 && (taken.at(-1) ?? 0) > rows.length - dead.length)
      verdict.deadButTaken.push(name(dead[0]!));
  }
  for (const submitted of programs) {
    let last = 0;
    for (const text of submitted) {
      const rows = byText.get(text);
      if (!rows) verdict.garbled.push(`${inbox[0]?.terminal_id ?? '?'}: ${text.slice(0, 200)}`);
      // Of texts that came several times nobody can say which one this is.
      if (rows?.length !== 1) continue;
      if (rows[0]!.seq < last) verdict.reordered.push(name(rows[0]!));
      last = rows[0]!.seq;
    }
  }
  for (const line of lines)
    if (line.misplaced !== undefined || line.dialog_key !== undefined)
      verdict.dialogsAnswered.push(JSON.stringify(line));
}

const submittedIn = (lines: readonly RecordLine[]): string[] =>
  lines.flatMap(({ n, text }) => (n !== undefined && text !== undefined ? [text] : []));

export const emptyVerdict = (): Verdict => ({
  sent: 0,
  accepted: 0,
  dead: 0,
  open: 0,
  lost: [],
  doubled: [],
  reordered: [],
  garbled: [],
  deadButTaken: [],
  dialogsAnswered: [],
});
