import type { AgentState, Approval, Effect } from '../contract.ts';
import { type Json, text } from './json.ts';
import { become, inTurn, type Memo, type Said } from './state.ts';

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
