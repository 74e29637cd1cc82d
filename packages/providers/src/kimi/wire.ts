import { at, type Json, list, parseLines, text, wordsOf } from '../_shared/json.ts';
import { hadTurn, type LastTurn } from '../_shared/on-screen.ts';
import type { SessionLog } from '../contract.ts';

/** Lines of `agents/main/wire.jsonl`; 2.1.0 writes protocol 1.5. */

/** Of a prompt, in hooks and in the log. */
export const textOf = (parts: unknown): string => wordsOf(list(parts), '\n');

/** A prompt of a turn; those that the CLI writes itself (a schedule, work in the background that ended) are not sent by anybody. */
const isPrompt = (line: Json): boolean =>
  line.type === 'turn.prompt' && (text(line, 'origin.kind') || 'user') === 'user';
const isMark = ({ type }: Json): boolean => type === 'turn.prompt' || type === 'turn.ended';

const eventOf = (line: Json): string =>
  line.type === 'context.append_loop_event' ? text(line, 'event.type') : '';

export const log: SessionLog = {
  prompts: (lines) => parseLines(lines).flatMap((line) => (isPrompt(line) ? textOf(line.input) : [])),
  /** The text of the last step: what came before a tool call is talk on the way. */
  lastAnswer(lines) {
    const all = parseLines(lines);
    const end = all.findLastIndex(isMark);
    if (all[end]?.type !== 'turn.ended' || all[end].reason !== 'completed') return null;
    const step = all.findLastIndex((line, at) => at < end && eventOf(line) === 'step.begin');
    const said = all.slice(step + 1, end).filter((line) => eventOf(line) === 'content.part');
    return wordsOf(
      said.map((line) => at(line, 'event.part')),
      '',
    );
  },
};

/** The turn that the log knows last, and whether it is over; null: none. */
export function lastTurn(lines: readonly string[]): LastTurn | null {
  const mark = parseLines(lines).findLast(isMark);
  if (!mark) return null;
  const turn = Number(mark.turnId ?? -1);
  if (mark.type === 'turn.prompt') return { isOver: false, memo: { turn } };
  return { isOver: hadTurn(log, lines), memo: { turn, ended: turn } };
}
