import type { AgentState, Effect, Step } from '../contract.ts';
import { number, text } from './json.ts';
import type { Reaction } from './reactions.ts';
import { note, stay } from './state.ts';

/** What an answer of the model took, or all of them. Units: tokens, US dollars. */
interface Spent {
  /** All of it, what came from the cache included. */
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  /** Left out where the CLI does not tell. */
  readonly cost?: number;
  readonly model: string;
}

/** For CLIs that tell it answer by answer: the sum since the conversation began is kept here, and told. */
function addUsage(state: AgentState, spent: Spent): Step {
  const sum = (name: 'input' | 'output' | 'cached' | 'cost') =>
    Number(state.memo?.[name] ?? 0) + (spent[name] ?? 0);
  const sums = { input: sum('input'), output: sum('output'), cached: sum('cached'), cost: sum('cost') };
  const { cost, ...tokens } = sums;
  const all = { ...tokens, ...(spent.cost === undefined ? {} : { cost }), model: spent.model };
  return stay(note(state, sums), [usageOf(all)]);
}

/** Tells what the conversation has used since it began. */
export const usageOf = ({ input, output, cached, cost, model }: Spent): Effect => ({
  kind: 'usage',
  usage: {
    input_tokens: input,
    output_tokens: output,
    cached_tokens: cached,
    cost_usd: cost ?? null,
    model: model || null,
  },
});

/** The paths of a number that is told in parts, which are added up. */
type Parts = readonly string[];

/** Where the parts of `Spent` stand in what a CLI tells. */
interface UsagePaths {
  /** Of what may be told again: it counts once (`memo.counted`), and without an id not at all. */
  readonly id?: string;
  readonly input: Parts;
  readonly output: Parts;
  readonly cached: Parts;
  readonly cost?: Parts;
  readonly model: string;
}

/** Adds what one answer took, by where that stands in what is told of it. */
export const usageAt =
  ({ id, input, output, cached, cost, model }: UsagePaths): Reaction =>
  (state, _, told) => {
    const counted = id === undefined ? undefined : text(told, id);
    if (counted === '' || (counted !== undefined && counted === state.memo?.counted)) return stay(state);
    const sum = (parts: Parts) => parts.reduce((all, path) => all + number(told, path), 0);
    return addUsage(counted === undefined ? state : note(state, { counted }), {
      input: sum(input),
      output: sum(output),
      cached: sum(cached),
      ...(cost ? { cost: sum(cost) } : {}),
      model: text(told, model),
    });
  };
