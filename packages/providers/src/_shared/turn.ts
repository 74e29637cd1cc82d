import type { AgentState, Approval, Effect } from '../contract.ts';
import { type Json, text } from './json.ts';
import { become, inTurn, type Said } from './state.ts';

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

/** Its model fails and is asked again, in these words; null: it is not. */
export const triesAgain = (state: AgentState, retries: string | null): AgentState =>
  retries === (state.retries ?? null) ? state : { ...state, retries };
