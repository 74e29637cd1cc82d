import { sessionName, terminalId } from '@cao/contracts';
import { defineCommand, flag, jsonFlag, value } from '../../command.ts';
import { approvalTable } from '../../render/approvals.ts';

export const command = defineCommand({
  path: ['approval', 'list'],
  summary: 'List what agents ask permission for, newest first',
  help: 'Only what waits for an answer; with --all also what was allowed, denied or ended without an answer.',
  examples: ['cao approval list', 'cao approval list --session NAME --all --json'],
  args: {},
  options: {
    session: value('NAME', sessionName.optional(), 'only those of this session'),
    terminal: value('ID', terminalId.optional(), 'only those of this terminal'),
    all: flag('answered and ended ones too'),
    json: jsonFlag,
  },
  async run({ session, terminal, all, json }, { io, client, signal }) {
    const query = {
      ...(session === undefined ? {} : { session }),
      ...(terminal === undefined ? {} : { terminal }),
      ...(all ? {} : { state: 'open' as const }),
    };
    const { approvals } = await client.approvals.list({ query, signal });
    if (json) return io.json({ approvals });
    if (approvals.length === 0) return io.note(all ? 'No approvals.' : 'Nothing waits for an answer.');
    io.out(approvalTable(io, approvals, { state: all }));
    if (!all)
      io.note(
        'See all of one with `cao approval show ID`; answer with `cao approval allow ID` or `deny ID`.',
      );
  },
});
