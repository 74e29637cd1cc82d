import type { Usage } from '@cao/contracts';
import { at, isObject, type Json, list, number, parseLines, text } from '../_shared/json.ts';
import { become, endTurn, note, type Said, stay, type TurnEnd, turnEnded } from '../_shared/state.ts';
import { type AgentState, INTERRUPTED, type SessionLog, type Step } from '../contract.ts';

/** What a line of `sessions/YYYY/MM/DD/rollout-….jsonl` says happened; '' for lines of other kinds. */
const eventOf = (line: Json): string => (line.type === 'event_msg' ? text(line, 'payload.type') : '');

const begins = (line: Json): boolean => eventOf(line) === 'task_started';
const ends = (line: Json): boolean => /^(task_complete|turn_aborted)$/.test(eventOf(line));

const answerOf = (line: Json): string | null => text(line, 'payload.last_agent_message') || null;

function errorOf(line: Json): string | null {
  if (eventOf(line) === 'turn_aborted') return text(line, 'payload.reason') || INTERRUPTED;
  const error = at(line, 'payload.error');
  return error ? errorWords(error) : null;
}

/** Its word for the kind of error stands behind the sentence, where it has one. */
export function errorWords(error: unknown): string {
  const kind = at(error, 'codex_error_info') ?? at(error, 'codexErrorInfo');
  const word = isObject(kind) ? Object.keys(kind)[0] : text(kind);
  const message = text(error, 'message') || 'unknown';
  return word && word !== 'other' ? `${message} (${word})` : message;
}

/** The sum over the conversation; null when the line has none. */
function usageOf(line: Json, model: string): Usage | null {
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

/** What was taken as a prompt; null for other lines. */
function promptOf(line: Json): string | null {
  if (eventOf(line) !== 'item_completed' || text(line, 'payload.item.type') !== 'UserMessage') return null;
  const parts = list(line, 'payload.item.content');
  return parts.map((part) => text(part, 'text')).join('');
}

const lastTurnMark = (lines: readonly string[]) =>
  parseLines(lines).findLast((line) => begins(line) || ends(line));

export const log: SessionLog = {
  prompts: (lines) => parseLines(lines).flatMap((line) => promptOf(line) ?? []),
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

/** It may be told late, behind the first question of the turn. */
export function turnBegan(state: AgentState, said: Said, turn: string): AgentState {
  if (turn === state.memo?.turn) return state;
  return state.approval ? note(state, { turn }) : become(state, 'processing', said, { turn });
}

/** Of whoever tells it first. One that comes late does not end the turn that runs now. */
export function turnOver(state: AgentState, said: Said, turn: string, end: TurnEnd): Step {
  const { turn: running, ended } = state.memo ?? {};
  if (turn !== '' && turn === ended) return stay(state);
  if (turn !== '' && running && turn !== running) return stay(note(state, { ended: turn }), [turnEnded(end)]);
  return endTurn(state, { ...said, evidence: end.error ?? said.evidence }, end, { turn, ended: turn });
}

/** The memo: `turn`, the last one that began, and the last that `ended`; `model`. */
export function onLine(state: AgentState, line: Json): Step {
  const event = eventOf(line);
  const said = { source: 'log', evidence: event } as const;
  const model = text(line, 'payload.model');
  if (line.type === 'turn_context' && model) return stay(note(state, { model }));
  if (event === 'token_count') {
    const usage = usageOf(line, text(state.memo?.model));
    return stay(state, usage ? [{ kind: 'usage', usage }] : []);
  }
  const prompt = promptOf(line);
  if (prompt !== null) return stay(state, [{ kind: 'accepted', prompt }]);
  const turn = text(line, 'payload.turn_id');
  if (begins(line)) return stay(turnBegan(state, said, turn));
  return ends(line)
    ? turnOver(state, said, turn, { answer: answerOf(line), error: errorOf(line) })
    : stay(state);
}
