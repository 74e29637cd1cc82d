import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { TerminalStatus } from '@cao/contracts';
import { signalOne } from '../support/process-tree.ts';

/** What the program in a terminal says of itself, in its own record, which no fault touches. */
export interface Truth {
  readonly status: TerminalStatus | 'ended';
  /** Grows with every line: between two looks with the same number nothing changed. */
  readonly lines: number;
}

interface Line {
  readonly pid: number;
  readonly did?: string;
}

const statusAfter: Readonly<Record<string, TerminalStatus>> = {
  ready: 'idle',
  prompt: 'processing',
  answer: 'completed',
  error: 'error',
  interrupted: 'idle',
  dialog: 'waiting_user_answer',
};

export interface Truths {
  /** null while no program of this terminal has written anything. */
  of(terminal: string): Truth | null;
}

export function readTruths(folder: string): Truths {
  const known = new Map<
    string,
    { offset: number; lines: number; pid: number; inTurn: boolean; status: TerminalStatus }
  >();
  return {
    of(terminal) {
      const now = known.get(terminal) ?? { offset: 0, lines: 0, pid: 0, inTurn: false, status: 'starting' };
      known.set(terminal, now);
      const { text, bytes } = newIn(join(folder, `${terminal}.jsonl`), now.offset);
      now.offset += bytes;
      for (const line of text.split('\n').filter(Boolean)) {
        const { pid, did } = JSON.parse(line) as Line;
        now.lines++;
        now.pid = pid;
        if (did === 'prompt') now.inTurn = true;
        if (did === 'answer' || did === 'error' || did === 'interrupted') now.inTurn = false;
        if (did === 'dialog_closed') now.status = now.inTurn ? 'processing' : 'completed';
        else if (did !== undefined) now.status = statusAfter[did] ?? now.status;
      }
      if (now.pid === 0) return null;
      return { status: signalOne(now.pid, 0) ? now.status : 'ended', lines: now.lines };
    },
  };
}

/** Whole lines behind `offset`. */
function newIn(file: string, offset: number): { text: string; bytes: number } {
  if (!existsSync(file)) return { text: '', bytes: 0 };
  const fd = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(Math.max(0, fstatSync(fd).size - offset));
    const read = readSync(fd, buffer, 0, buffer.length, offset);
    const whole = buffer.subarray(0, buffer.subarray(0, read).lastIndexOf(10) + 1);
    return { text: whole.toString(), bytes: whole.length };
  } finally {
    closeSync(fd);
  }
}
