import type { AgentState, Step } from '../contract.ts';
import { note, stay } from './state.ts';

/** What one answer of the model took. Units: tokens, US dollars. */
export interface Spent {
  /** All of it, what came from the cache included. */
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  /** Left out where the CLI does not tell. */
  readonly cost?: number;
  readonly model: string;
}

/** For CLIs that tell it answer by answer: the sum since the conversation began is kept here, and told. */
export function addUsage(state: AgentState, spent: Spent): Step {
  const sum = (name: 'input' | 'output' | 'cached' | 'cost') =>
    Number(state.memo?.[name] ?? 0) + (spent[name] ?? 0);
  const sums = { input: sum('input'), output: sum('output'), cached: sum('cached'), cost: sum('cost') };
  const usage = {
    input_tokens: sums.input,
    output_tokens: sums.output,
    cached_tokens: sums.cached,
    cost_usd: spent.cost === undefined ? null : sums.cost,
    model: spent.model || null,
  };
  return stay(note(state, sums), [{ kind: 'usage', usage }]);
}
