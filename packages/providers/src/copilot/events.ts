import { at, type Json, list, text } from '../_shared/json.ts';
import { sessionLog } from '../_shared/session-log.ts';

/** Lines of `session-state/<session>/events.jsonl`: `{type, data}`. */

const isOfSubAgent = (line: Json): boolean =>
  (at(line, 'data.parentToolCallId') ?? at(line, 'data.agentId')) !== undefined;

export const promptOf = (line: Json): string | null =>
  line.type === 'user.message' && !isOfSubAgent(line) ? text(line, 'data.content') : null;

/** The last word of a turn: a message that asks for no tool. */
export function answerOf(line: Json): string | null {
  if (line.type !== 'assistant.message' || isOfSubAgent(line)) return null;
  const isLast = Array.isArray(at(line, 'data.toolRequests')) && list(line, 'data.toolRequests').length === 0;
  return isLast ? text(line, 'data.content') : null;
}

export const log = sessionLog({
  promptOf,
  answerAfter: (line, answer) =>
    line.type === 'user.message' || line.type === 'assistant.turn_start' ? null : (answerOf(line) ?? answer),
});
