import { type ApprovalView, approvalEnds, decidedAs } from '@cao/contracts';
import type { Io, Paint } from '../io.ts';
import { age } from './age.ts';
import { plain, plainLine } from './plain.ts';
import { table } from './table.ts';

const statePaint = {
  open: 'yellow',
  allowed: 'green',
  denied: 'red',
  closed: 'dim',
} as const satisfies Record<ApprovalView['state'], Paint>;

/** The tool, or where the question stands when only the screen told of it. */
export const toolOf = ({ tool }: ApprovalView): string => (tool === '' ? '(on its screen)' : plainLine(tool));

/** Fields by which a person tells at a glance what a tool would do. */
const TELLING = ['command', 'file_path', 'path', 'url', 'pattern', 'query'];

/** What it would do, in one line. */
function gist({ input }: ApprovalView): string {
  if (typeof input === 'string') return plainLine(input);
  if (typeof input !== 'object' || input === null) return '';
  const telling = TELLING.map((name) => (input as Record<string, unknown>)[name]).find(
    (value) => typeof value === 'string',
  );
  const all = Object.keys(input).length > 0 ? JSON.stringify(input) : '';
  return plainLine(typeof telling === 'string' ? telling : all);
}

/** One row per approval. `state`: a column for it, when they are of several. */
export function approvalTable(
  io: Io,
  approvals: readonly ApprovalView[],
  show: { readonly state: boolean },
): string {
  const head = [
    'APPROVAL',
    'TERMINAL',
    'SESSION',
    'PROFILE',
    ...(show.state ? ['STATE'] : []),
    'AGE',
    'TOOL',
  ];
  const rows = approvals.map((approval) => [
    approval.id,
    approval.terminal_id,
    approval.session_name,
    plainLine(approval.agent_profile),
    ...(show.state ? [stateOf(io, approval)] : []),
    age(approval.created_at),
    toolOf(approval),
    gist(approval),
  ]);
  return table(io, [...head, 'WHAT'], rows);
}

const stateOf = (io: Pick<Io, 'paint'>, { state }: ApprovalView): string =>
  io.paint(statePaint[state], state);

/** All that is known of one, for a person who is about to decide. */
export function approvalLines(io: Io, approval: ApprovalView): string[] {
  const { input, decision, answered_by: who, reason } = approval;
  const text = typeof input === 'string' ? input : JSON.stringify(input, null, 2);
  return [
    `${io.paint('bold', toolOf(approval))}  ${stateOf(io, approval)}, ${age(approval.created_at)} old`,
    `  approval  ${approval.id}`,
    `  terminal  ${approval.terminal_id}, ${plainLine(approval.agent_profile)} in ${approval.session_name} on ${plainLine(approval.host_name)}`,
    ...(decision ? [`  decided   ${decidedAs[decision]} by ${plainLine(who ?? 'somebody')}`] : []),
    ...(reason ? [`  ended     ${approvalEnds[reason]}`] : []),
    '',
    ...plain(text)
      .split('\n')
      .map((line) => `  ${line}`),
    ...(approval.input_cut ? ['  … parts of it are too long and left out'] : []),
  ];
}
