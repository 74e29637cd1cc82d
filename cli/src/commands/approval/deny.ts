import { approvalId } from '@cao/contracts';
import { answerApproval } from '../../calls/answer-approval.ts';
import { arg, defineCommand, jsonFlag } from '../../command.ts';

export const command = defineCommand({
  path: ['approval', 'deny'],
  summary: 'Deny what an agent asks for',
  help: [
    'Returns once the CLI was told; what the agent does then is up to its CLI: some end the turn, some go on without the tool.',
    'One that was allowed, or is on the screen no more, is a conflict (exit code 5).',
  ].join('\n'),
  examples: ['cao approval deny APPROVAL', 'cao approval deny APPROVAL --json'],
  args: { id: arg('ID', approvalId, 'approval') },
  options: { json: jsonFlag },
  async run({ id, json }, context) {
    await answerApproval(context, id, 'deny', { json });
  },
});
