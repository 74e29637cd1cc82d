import { sessionName, terminalId } from '@cao/contracts';
import { getSession, targetOf } from '../../calls/session.ts';
import { arg, defineCommand, flag, jsonFlag, value } from '../../command.ts';
import { age } from '../../render/age.ts';
import { approvalTable } from '../../render/approvals.ts';
import { plain, plainLine } from '../../render/plain.ts';
import { localAttachLines, terminalTable } from '../../render/terminals.ts';
import { troubleLines } from '../../render/trouble.ts';
import { workspaceLines } from '../../render/workspaces.ts';

/** What fits on a screen beside the table. Units: lines. */
const ANSWER_LINES = 20;

export const command = defineCommand({
  path: ['session', 'status'],
  summary: 'Show the terminals of a session and its last answer',
  help: [
    'The conductor comes first (★), then its workers, with where each runs and why one waits.',
    'Below: what its agents ask permission for, the beginning of the last answer, and the line that attaches to the session',
    'read-only on its host.',
  ].join('\n'),
  examples: [
    'cao session status NAME',
    'cao session status NAME --terminal TERMINAL',
    'cao session status NAME --json',
  ],
  args: { name: arg('NAME', sessionName, 'session, with or without the prefix cao-') },
  options: {
    terminal: value(
      'ID',
      terminalId.optional(),
      'show the last answer of this terminal instead of the conductor',
    ),
    workers: flag('accepted for compatibility: workers are always shown'),
    json: jsonFlag,
  },
  async run({ name, terminal, workers, json }, context) {
    const { io, client, signal } = context;
    const { session, conductor, terminals } = await getSession(context, name);
    const speaker = terminal === undefined ? conductor : await targetOf(context, name, terminal);
    const query = { session: session.name, state: 'open' as const };
    const { approvals } = await client.approvals.list({ query, signal });
    if (json) return io.json({ session, terminals, approvals, last_answer: speaker?.last_answer ?? null });
    if (workers) io.note('--workers changes nothing: workers are always shown.');

    io.out(`${io.paint('bold', session.name)}  ${session.state}, ${age(session.created_at)} old`);
    io.out(terminalTable(io, terminals, { session: false, conductors: [session.conductor_id] }));
    for (const line of [...troubleLines(io, terminals), ...workspaceLines(io, terminals)]) io.out(line);
    for (const { id, provider, only_asked: asked } of terminals)
      for (const limit of asked)
        io.out(`${io.paint('yellow', '!')} ${id} ${provider} is only asked: ${plainLine(limit)}`);
    if (approvals.length > 0) {
      io.out('');
      io.out(io.paint('bold', 'Asks permission (`cao approval show ID`):'));
      io.out(approvalTable(io, approvals, { state: false }));
    }
    if (speaker?.last_answer) {
      const lines = plain(speaker.last_answer).trimEnd().split('\n');
      io.out('');
      io.out(io.paint('bold', `Last answer of ${speaker.id}:`));
      for (const line of lines.slice(0, ANSWER_LINES)) io.out(line);
      if (lines.length > ANSWER_LINES)
        io.note(`… ${lines.length - ANSWER_LINES} more lines: \`cao terminal output ${speaker.id}\``);
    }
    const { hosts } = await client.hosts.list({ signal });
    const local = localAttachLines(terminals, hosts);
    if (local.length > 0) {
      io.out('');
      io.out(io.paint('bold', 'Look at it on its host, read-only:'));
      for (const line of local) io.out(`  ${line}`);
    }
  },
});
