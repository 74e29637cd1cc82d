import { hostRef, setHostMode } from '../../calls/host-mode.ts';
import { defineCommand, jsonFlag } from '../../command.ts';

export const command = defineCommand({
  path: ['host', 'uncordon'],
  summary: 'Use a machine again: ends cordon, drain or pause',
  examples: ['cao host uncordon HOST', 'cao host uncordon HOST --json'],
  args: { ref: hostRef },
  options: { json: jsonFlag },
  async run({ ref, json }, context) {
    await setHostMode(
      context,
      ref,
      { mode: 'open' },
      { json, follows: 'What waited for a place, or for the end of a pause, goes on now.' },
    );
  },
});
