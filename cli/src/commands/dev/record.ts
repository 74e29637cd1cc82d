import { resolve } from 'node:path';
import { z } from 'zod';
import { defineCommand, value } from '../../command.ts';
import { providerOption, runInClone } from '../../dev/clone.ts';

export const command = defineCommand({
  path: ['dev', 'record'],
  summary: 'Record the corpus of a CLI: what it says and shows in each state, with the truth',
  help: [
    'For developers of CAO, in a clone. Installs that CLI and runs it for a minute or two through the whole system, against a',
    'fake model (no AI) on loopback; what the model was asked says what was true. Writes VERSION.jsonl into the fixtures of the',
    'provider. `cao dev score` says how well the provider reads it.',
  ].join('\n'),
  examples: [
    'cao dev record --provider claude_code',
    'cao dev record --provider gemini --cli-version latest --out /tmp/corpus',
  ],
  args: {},
  options: {
    provider: providerOption((id) => id, 'the provider whose CLI is recorded'),
    cliVersion: value(
      'VERSION',
      z.string().min(1).optional(),
      'instead of the pinned one; `latest` is what the registry calls so',
    ),
    out: value('FOLDER', z.string().min(1).optional(), 'write it there instead'),
  },
  async run({ provider, cliVersion, out }, { signal }) {
    const more = [
      ...(cliVersion === undefined ? [] : ['--cli-version', cliVersion]),
      ...(out === undefined ? [] : ['--out', resolve(out)]),
    ];
    await runInClone('main.ts', ['--record', '--provider', provider, ...more], signal);
  },
});
