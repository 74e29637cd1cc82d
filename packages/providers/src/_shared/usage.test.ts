import { expect, test } from 'vitest';
import { initial } from './state.ts';
import { usageAt } from './usage.ts';

const told = { id: 'a', tokens: { new: 5, cached: 2, out: 3 }, price: 0.5, model: 'm' };
const said = { source: 'log', evidence: 'answer' } as const;
const paths = { input: ['tokens.new', 'tokens.cached'], output: ['tokens.out'], cached: ['tokens.cached'] };

test('what answers took is added up from where a CLI tells it', () => {
  const add = usageAt({ ...paths, model: 'model' });
  const { state } = add(initial, said, told);
  expect(add(state, said, told).effects).toEqual([
    {
      kind: 'usage',
      usage: { input_tokens: 14, output_tokens: 6, cached_tokens: 4, cost_usd: null, model: 'm' },
    },
  ]);
});

test('what is told again counts once, and what has no id not at all', () => {
  const add = usageAt({ ...paths, id: 'id', cost: ['price'], model: 'model' });
  const { state, effects } = add(initial, said, told);
  expect(effects).toMatchObject([{ usage: { input_tokens: 7, cost_usd: 0.5 } }]);
  expect(add(state, said, told)).toEqual({ state, effects: [] });
  expect(add(state, said, { ...told, id: '' })).toEqual({ state, effects: [] });
  expect(add(state, said, { ...told, id: 'b' }).effects).toMatchObject([{ usage: { input_tokens: 14 } }]);
});
