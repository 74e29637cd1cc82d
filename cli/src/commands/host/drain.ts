import { z } from 'zod';
import { duration, hostModeOptions, hostRef, setHostMode } from '../../calls/host-mode.ts';
import { defineCommand, value } from '../../command.ts';

export const command = defineCommand({
  path: ['host', 'drain'],
  summary: 'Empty a machine: its agents leave when their turns are over',
  help: [
    'Nothing new starts there. An agent leaves at the end of its turn, and one that waits for workers when they are done;',
    'at the deadline all leave. `move` has them go on elsewhere, with their conversation where the CLI allows it, and with',
    'what they have not pushed; `cao session watch` says what came along. `stop` ends them, and their tasks fail with that',
    'reason. The host stays closed until `cao host uncordon`.',
  ].join('\n'),
  examples: ['cao host drain HOST --deadline 30m', 'cao host drain HOST --deadline 0s --then stop'],
  args: { ref: hostRef },
  options: {
    deadline: value('TIME', duration.default(3_600), 'when all leave, like 30m or 8h (default 1h)'),
    // biome-ignore lint/suspicious/noThenProperty: the option is called --then; the table is no promise.
    then: value('WHAT', z.enum(['move', 'stop']).default('move'), 'move or stop (default move)'),
    ...hostModeOptions,
  },
  async run({ ref, note, json, deadline, then }, context) {
    await setHostMode(
      context,
      ref,
      { mode: 'draining', deadline_s: deadline, drain: then, note },
      {
        json,
        follows: `See what is left: \`cao host show ${ref}\`. Stop draining: \`cao host uncordon ${ref}\`.`,
      },
    );
  },
});
