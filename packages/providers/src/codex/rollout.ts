import type { Usage } from '@cao/contracts';
import { at, type Json, list, number, parseLines, text } from '../_shared/json.ts';

import { INTERRUPTED, type SessionLog } from '../contract.ts';

/** What a line of `sessions/YYYY/MM/DD/rollout-….jsonl` says happened; '' for lines of other kinds. */
export const eventOf = (line: Json): string => (line.type === 'event_msg' ? text(line, 'payload.type') : '');
export const turnOf = (line: Json): string => text(line, 'payload.turn_id');

const begins = (line: Json): boolean => eventOf(line) === 'task_started';
export const ends = (line: Json): boolean => /^(task_complete|turn_aborted)$/.test(eventOf(line));

export const answerOf = (line: Json): string | null => text(line, 'payload.last_agent_message') || null;

/** The word of Codex for the kind of error stands behind its sentence, where it has one. */
export function errorOf(line: Json): string | null {
  if (eventOf(line) === 'turn_aborted') return text(line, 'payload.reason') || INTERRUPTED;
  if (!at(line, 'payload.error')) return null;
  const message = text(line, 'payload.error.message') || 'unknown';
  const info = text(line, 'payload.error.codex_error_info');
  return info && info !== 'other' ? `${message} (${info})` : message;
}

/** The sum over the conversation; null when the line has none. */
export function usageOf(line: Json, model: string): Usage | null {
  const total = at(line, 'payload.info.total_token_usage');
  if (!total) return null;
  return {
    input_tokens: number(total, 'input_tokens'),
    output_tokens: number(total, 'output_tokens'),
    cached_tokens: number(total, 'cached_input_tokens'),
    cost_usd: null,
    model: model || null,
  };
}

const isPrompt = (line: Json): boolean =>
  eventOf(line) === 'item_completed' && text(line, 'payload.item.type') === 'UserMessage';
const lastTurnMark = (lines: readonly string[]) =>
  parseLines(lines).findLast((line) => begins(line) || ends(line));

export const log: SessionLog = {
  prompts: (lines) =>
    parseLines(lines)
      .filter(isPrompt)
      .map((line) =>
        list(line, 'payload.item.content')
          .map((part) => text(part, 'text'))
          .join(''),
      ),
  lastAnswer(lines) {
    const mark = lastTurnMark(lines);
    return mark && ends(mark) ? answerOf(mark) : null;
  },
};

/** Whether the last turn that began has not ended. */
export function isOpen(lines: readonly string[]): boolean {
  const mark = lastTurnMark(lines);
  return mark !== undefined && begins(mark);
}
