import { parseLine as parseJson } from '../_shared/json.ts';
import type { SessionLog } from '../contract.ts';

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

export const parseLines = (lines: readonly string[]): readonly LogLine[] =>
  lines.flatMap((line) => parseLine(line) ?? []);

/** The prompt that the agent writes for itself when work in the background has ended; nobody sent it. */
export const isOwnPrompt = (text: string): boolean => text.startsWith('<task-notification>');

export const log: SessionLog = {
  prompts: (lines) =>
    parseLines(lines).flatMap(({ type, text = '' }) =>
      type === 'prompt' && !isOwnPrompt(text) ? [text] : [],
    ),
  lastAnswer(lines) {
    const last = parseLines(lines).findLast(({ type }) => type === 'prompt' || type === 'answer');
    return last?.type === 'answer' ? (last.text ?? '') : null;
  },
};
