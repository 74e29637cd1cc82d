import type { AgentState, Approval, Effect, Step } from '../contract.ts';
import { type Json, text } from './json.ts';
import {
  become,
  endTurn,
  inTurn,
  type Memo,
  note,
  type Said,
  stay,
  type TurnEnd,
  turnEnded,
} from './state.ts';

/** It took a prompt. */
export const accepted = (prompt: string): Effect => ({ kind: 'accepted', prompt });

/** A turn runs, whether this is the first to say so or not. */
export const works = (state: AgentState, said: Said): AgentState =>
  inTurn(state) ? state : become(state, 'processing', said);

/** What a hook asks for, as several CLIs send it. */
export const approvalOf = (body: Json): Approval => ({
  tool: text(body.tool_name),
  input: body.tool_input ?? null,
});

/**
 * A tool that a hook tells of before it is asked about, where the question does not say which. An input longer than `most` is
 * not kept: the memo is kept with the terminal. Units: characters.
 */
export function announced(body: Json, most = Number.POSITIVE_INFINITY): Memo {
  const args = JSON.stringify(body.tool_input ?? null);
  return { tool: text(body.tool_name), args: args.length > most ? '' : args };
}

/** What is asked about now; `otherwise` is its input where that was not kept. */
export function announcedTool({ memo }: AgentState, otherwise: unknown): Approval {
  const { tool, args } = memo ?? {};
  return { tool: text(tool), input: args ? (JSON.parse(text(args)) as unknown) : (otherwise ?? null) };
}

/** Its model fails and is asked again, in these words; null: it is not. */
export const triesAgain = (state: AgentState, retries: string | null): AgentState =>
  retries === (state.retries ?? null) ? state : { ...state, retries };

/** Numbers grow from turn to turn; other names say only which one it is. */
type Turn = string | number;

/**
 * For CLIs that name the turn in all that they tell of it: `memo.turn` is the last one that began, `memo.ended` the last one
 * whose end was told. Whoever tells of it first counts, and what comes late changes nothing: behind the end of the very turn,
 * behind a question that it asks, behind the next one.
 */
export function turnBegan(state: AgentState, said: Said, turn: Turn, memo: Memo = {}): Step {
  if (isKnown(turn, state.memo?.ended) || isKnown(turn, state.memo?.turn)) return stay(state);
  const begun = { ...memo, turn };
  return stay(state.approval ? note(state, begun) : become(state, 'processing', said, begun));
}

export function turnOver(state: AgentState, said: Said, turn: Turn, end: TurnEnd, memo: Memo = {}): Step {
  if (isKnown(turn, state.memo?.ended)) return stay(state);
  const { turn: runs } = state.memo ?? {};
  const isLate = runs !== undefined && !isKnown(runs, turn);
  if (isLate) return stay(note(state, { ended: turn }), [turnEnded(end)]);
  return endTurn(state, said, end, { ...memo, turn, ended: turn });
}

const isKnown = (turn: Memo[string], last: Memo[string] | undefined): boolean =>
  typeof turn === 'number' && typeof last === 'number' ? turn <= last : turn === last;
