import { parseLine as parseJson } from '../_shared/json.ts';
import type { LastTurn } from '../_shared/on-screen.ts';
import { sessionLog } from '../_shared/session-log.ts';

/** A line of the session log; `turn` counts from 1 and is the same in the hooks. */
export interface LogLine {
  readonly type: string;
  readonly turn?: number;
  /** Dialogs have numbers of their own. */
  readonly dialog?: number;
  readonly text?: string;
  readonly error?: string;
  readonly tool?: string;
  readonly input?: unknown;
  readonly background?: boolean;
}

export function parseLine(line: string): LogLine | null {
  const parsed = parseJson(line);
  return typeof parsed?.type === 'string' ? (parsed as unknown as LogLine) : null;
}

const parseLines = (lines: readonly string[]): readonly LogLine[] =>
  lines.flatMap((line) => parseLine(line) ?? []);

/** The prompt that the agent writes for itself when work in the background has ended; nobody sent it. */
export const isOwnPrompt = (text: string): boolean => text.startsWith('<task-notification>');

export const log = sessionLog({
  linesOf: parseLines,
  promptOf: ({ type, text = '' }) => (type === 'prompt' && !isOwnPrompt(text) ? text : null),
  answerAfter({ type, text }, answer) {
    if (type === 'prompt') return null;
    return type === 'answer' ? (text ?? '') : answer;
  },
});

export function lastTurn(lines: readonly string[]): LastTurn {
  const told = parseLines(lines);
  const last = (...types: readonly string[]) =>
    Math.max(0, ...told.flatMap(({ type, turn = 0 }) => (types.includes(type) ? [turn] : [])));
  const ended = last('answer', 'error', 'interrupted');
  return { isOver: ended > 0, memo: { began: last('prompt'), ended } };
}
