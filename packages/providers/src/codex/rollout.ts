import { at, isObject, type Json, number, parseLines, text, wordsOf } from '../_shared/json.ts';
import type { LastTurn } from '../_shared/on-screen.ts';
import type { Reaction, Reactions } from '../_shared/reactions.ts';
import { sessionLog } from '../_shared/session-log.ts';
import { note, stay } from '../_shared/state.ts';
import { accepted, turnBegan, turnOver } from '../_shared/turn.ts';
import { usageOf } from '../_shared/usage.ts';
import { INTERRUPTED } from '../contract.ts';

/** What a line of `sessions/YYYY/MM/DD/rollout-….jsonl` says: of an event, which one. */
export const nameOf = ({ type, payload }: Json) => text(type === 'event_msg' ? payload : { type }, 'type');

const promptsIn = (payload: unknown): readonly string[] =>
  text(payload, 'item.type') === 'UserMessage' ? [wordsOf(at(payload, 'item.content'), '')] : [];
const answerIn = (payload: unknown): string | null => text(payload, 'last_agent_message') || null;

const isEnd = (line: Json): boolean => /^(?:task_complete|turn_aborted)$/.test(nameOf(line));
const isMark = (line: Json): boolean => nameOf(line) === 'task_started' || isEnd(line);

export const log = sessionLog({
  promptOf: (line) => (nameOf(line) === 'item_completed' ? (promptsIn(line.payload)[0] ?? null) : null),
  answerAfter: (line, answer) => (isMark(line) ? answerIn(line.payload) : answer),
});

export function lastTurn(lines: readonly string[]): LastTurn | null {
  const mark = parseLines(lines).findLast(isMark);
  const turn = text(mark, 'payload.turn_id');
  if (!mark) return null;
  return isEnd(mark) ? { isOver: true, memo: { turn, ended: turn } } : { isOver: false, memo: { turn } };
}

/** Its word for the kind of error stands behind the sentence, where it has one. */
export function errorWords(error: unknown): string {
  const kind = at(error, 'codex_error_info') ?? at(error, 'codexErrorInfo');
  const word = isObject(kind) ? Object.keys(kind)[0] : text(kind);
  const message = text(error, 'message') || 'unknown';
  return word && word !== 'other' ? `${message} (${word})` : message;
}

const over: Reaction = (state, said, { payload }) => {
  const failed = at(payload, 'error');
  const stopped = said.evidence === 'turn_aborted' ? text(payload, 'reason') || INTERRUPTED : null;
  const error = failed ? errorWords(failed) : stopped;
  return turnOver(state, said, text(payload, 'turn_id'), { answer: answerIn(payload), error });
};

/** The memo: `model`. */
export const lines: Reactions = {
  turn_context: (state, _, { payload }) => stay(note(state, { model: text(payload, 'model') })),
  // The sum over the conversation.
  token_count(state, _, { payload }) {
    const total = at(payload, 'info.total_token_usage');
    const spent = {
      input: number(total, 'input_tokens'),
      output: number(total, 'output_tokens'),
      cached: number(total, 'cached_input_tokens'),
      model: text(state.memo?.model),
    };
    return stay(state, total ? [usageOf(spent)] : []);
  },
  item_completed: (state, _, { payload }) => stay(state, promptsIn(payload).map(accepted)),
  task_started: (state, said, { payload }) => turnBegan(state, said, text(payload, 'turn_id')),
  task_complete: over,
  turn_aborted: over,
};
