import { type Json, list, parseLines, text } from '../_shared/json.ts';
import type { SessionLog } from '../contract.ts';

/** Lines of `agents/main/wire.jsonl`; 2.1.0 writes protocol 1.5. */

const isText = (part: unknown): boolean => text(part, 'type') === 'text';

/** Of a prompt, in hooks and in the log. */
export const textOf = (parts: unknown): string =>
  list(parts)
    .filter(isText)
    .map((part) => text(part, 'text'))
    .join('\n');

/** A prompt of a turn; those that the CLI writes itself (a schedule, work in the background that ended) are not sent by anybody. */
const isPrompt = (line: Json): boolean =>
  line.type === 'turn.prompt' && (text(line, 'origin.kind') || 'user') === 'user';

export const log: SessionLog = {
  prompts: (lines) =>
    parseLines(lines)
      .filter(isPrompt)
      .map((line) => textOf(line.input)),
  /** The text of the last step: what came before a tool call is talk on the way. */
  lastAnswer(lines) {
    let step = '';
    let answer: string | null = null;
    for (const line of parseLines(lines)) {
      if (line.type === 'turn.prompt') answer = null;
      if (line.type === 'turn.ended') answer = line.reason === 'completed' ? step : null;
      if (line.type !== 'context.append_loop_event') continue;
      if (text(line, 'event.type') === 'step.begin') step = '';
      if (text(line, 'event.type') === 'content.part' && text(line, 'event.part.type') === 'text')
        step += text(line, 'event.part.text');
    }
    return answer;
  },
};

/** The turn that the log knows last, and whether it is over; null: none. */
export function lastTurn(lines: readonly string[]): { turn: number; isOver: boolean } | null {
  const mark = parseLines(lines).findLast(({ type }) => type === 'turn.prompt' || type === 'turn.ended');
  return mark ? { turn: Number(mark.turnId ?? -1), isOver: mark.type === 'turn.ended' } : null;
}
