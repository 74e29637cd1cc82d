import { approvalId } from '@cao/contracts';
import { answerApproval } from '../../calls/answer-approval.ts';
import { arg, defineCommand, jsonFlag } from '../../command.ts';

export const command = defineCommand({
  path: ['approval', 'allow'],
  summary: 'Allow what an agent asks for, this once',
  help: [
    'Returns once the CLI was told. Look first at what it is: `cao approval show ID`. It decides this question and no other;',
    'one that was denied, or is on the screen no more, is a conflict (exit code 5).',
  ].join('\n'),
  examples: ['cao approval allow APPROVAL', 'cao approval allow APPROVAL --json'],
  args: { id: arg('ID', approvalId, 'approval') },
  options: { json: jsonFlag },
  async run({ id, json }, context) {
    await answerApproval(context, id, 'allow', { json });
  },
});
