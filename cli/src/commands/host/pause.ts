import { duration, hostModeOptions, hostRef, setHostMode } from '../../calls/host-mode.ts';
import { defineCommand, value } from '../../command.ts';

export const command = defineCommand({
  path: ['host', 'pause'],
  summary: 'Give a machine no work for a while',
  help: [
    'Nothing new starts there and no message is handed to its agents; a turn that is under way goes on. What comes in',
    'meanwhile waits, in order.',
  ].join('\n'),
  examples: ['cao host pause HOST --for 2h --note "in a demo"', 'cao host pause HOST'],
  args: { ref: hostRef },
  options: {
    for: value('TIME', duration.optional(), 'like 30m or 8h (default: until `cao host uncordon`)'),
    ...hostModeOptions,
  },
  async run({ ref, note, json, for: forSeconds }, context) {
    await setHostMode(
      context,
      ref,
      { mode: 'paused', note, ...(forSeconds === undefined ? {} : { for_s: forSeconds }) },
      { json, follows: `End it sooner: \`cao host uncordon ${ref}\`.` },
    );
  },
});
