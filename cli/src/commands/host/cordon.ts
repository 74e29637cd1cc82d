import { hostModeOptions, hostRef, setHostMode } from '../../calls/host-mode.ts';
import { defineCommand } from '../../command.ts';

export const command = defineCommand({
  path: ['host', 'cordon'],
  summary: 'Start nothing new on a machine',
  help: 'What runs there goes on, and is written to as before. `cao host uncordon` opens it again.',
  examples: ['cao host cordon HOST', 'cao host cordon HOST --note "kernel update on Friday"'],
  args: { ref: hostRef },
  options: hostModeOptions,
  async run({ ref, note, json }, context) {
    await setHostMode(
      context,
      ref,
      { mode: 'cordoned', note },
      { json, follows: `Open it again: \`cao host uncordon ${ref}\`.` },
    );
  },
});
