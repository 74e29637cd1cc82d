import { approvalId } from '@cao/contracts';
import { arg, defineCommand, jsonFlag } from '../../command.ts';
import { approvalLines } from '../../render/approvals.ts';

export const command = defineCommand({
  path: ['approval', 'show'],
  summary: 'Show what an agent asks permission for, whole',
  examples: ['cao approval show APPROVAL', 'cao approval show APPROVAL --json'],
  args: { id: arg('ID', approvalId, 'approval') },
  options: { json: jsonFlag },
  async run({ id, json }, { io, client, signal }) {
    const { approval } = await client.approvals.get({ params: { id }, signal });
    if (json) return io.json({ approval });
    for (const line of approvalLines(io, approval)) io.out(line);
    if (approval.state === 'open' && approval.decision === null)
      io.note(`Answer it with \`cao approval allow ${id}\` or \`cao approval deny ${id}\`.`);
  },
});
