import { defineCommand, jsonFlag } from '../../command.ts';
import { providerOption, runInClone } from '../../dev/clone.ts';

export const command = defineCommand({
  path: ['dev', 'score'],
  summary: 'Score providers on their corpora: how often the status is right, and how soon',
  help: [
    'For developers of CAO, in a clone. Plays each corpus (`cao dev record`) to its provider and prints, per version and state,',
    'the share of samples that are right and the time from the truth to the signal that told it. Exit code 1 when a state has',
    'less than 99 %.',
  ].join('\n'),
  examples: ['cao dev score', 'cao dev score --provider claude_code --json'],
  args: {},
  options: {
    provider: providerOption((id) => id.optional(), 'only this one'),
    json: jsonFlag,
  },
  async run({ provider, json }, { signal }) {
    const args = [...(provider === undefined ? [] : ['--provider', provider]), ...(json ? ['--json'] : [])];
    await runInClone('score-corpora.ts', args, signal);
  },
});
