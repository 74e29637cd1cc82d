import { terminalId } from '@cao/contracts';
import { attach } from '../../attach/attach.ts';
import { detachKeys } from '../../attach/options.ts';
import { untilLive } from '../../calls/until-live.ts';
import { arg, defineCommand, flag, value } from '../../command.ts';
import { CliError } from '../../exit.ts';
import { plainLine } from '../../render/plain.ts';

export const command = defineCommand({
  path: ['terminal', 'attach'],
  summary: 'Sit down at a terminal, wherever it runs',
  help: [
    'Shows the screen of the agent and passes your keys on; Ctrl-] leaves, and the agent works on. The pane keeps its',
    'size unless --resize gives it that of your window. Your keys and messages of others do not mix.',
    'On the host itself tmux can show it too, read-only: `cao session status NAME` prints the line for it.',
  ].join('\n'),
  examples: [
    'cao terminal attach TERMINAL',
    'cao terminal attach TERMINAL --detach-keys ctrl-a,d --resize',
    'cao terminal attach TERMINAL --read-only',
  ],
  args: { id: arg('ID', terminalId, 'terminal') },
  options: {
    detachKeys: value('KEYS', detachKeys, 'keys that leave (default ctrl-])'),
    resize: flag('give the pane the size of this window'),
    readOnly: flag('look only; no key is passed on'),
  },
  async run({ id, detachKeys: leave, resize, readOnly }, context) {
    const { terminal: found } = await context.client.terminals.get({
      params: { id },
      signal: context.signal,
    });
    if (found.lifecycle === 'closed')
      throw new CliError(
        'gone',
        `terminal ${id} has closed: ${plainLine(found.reason ?? 'no reason is known')}`,
        `\`cao terminal output ${id}\` still has its last answer.`,
      );
    const terminal = found.lifecycle === 'placing' ? await untilLive(context, found) : found;
    const how = { detachKeys: leave.keys, detachLabel: leave.label, resize, readOnly };
    context.io.note(await attach(context, terminal, how));
  },
});
