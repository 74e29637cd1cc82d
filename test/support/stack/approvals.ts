import type { ApprovalView } from '@cao/contracts';
import type { Stack } from './with-stack.ts';

/** The next approval of this terminal that is none of the known ones; of this tool, if one is named. */
export async function nextApproval(
  stack: Stack,
  terminal: string,
  known: ReadonlySet<string> = new Set(),
  tool?: string,
): Promise<string> {
  const opened = await stack.event(
    `terminal ${terminal} asks`,
    (event) =>
      event.kind === 'approval.opened' &&
      event.terminal_id === terminal &&
      (tool === undefined || event.data.tool === tool) &&
      !known.has(String(event.data.approval_id)),
  );
  return String(opened.data.approval_id);
}

export const approvalOf = async (stack: Stack, id: string): Promise<ApprovalView> =>
  (await stack.client.approvals.get({ params: { id } })).approval;

/** Waits until its terminal has ended so many turns. */
export const turnsEnded = (stack: Stack, terminal: string, count: number) => {
  const seen = new Set<number>();
  return stack.event(`turn ${count} of ${terminal} ends`, (event) => {
    if (event.kind === 'terminal.turn_ended' && event.terminal_id === terminal) seen.add(event.id);
    return seen.size >= count;
  });
};
