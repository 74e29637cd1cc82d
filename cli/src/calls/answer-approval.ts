import type { ApprovalDecision } from '@cao/contracts';
import type { Context } from '../context.ts';
import { toolOf } from '../render/approvals.ts';

/** Decides, and says so once the CLI was told. The same decision again is no error. */
export async function answerApproval(
  { io, client, signal }: Context,
  id: string,
  decision: ApprovalDecision,
  how: { readonly json: boolean },
): Promise<void> {
  const { approval } = await client.approvals.answer({ params: { id }, body: { decision }, signal });
  if (how.json) return io.json({ approval });
  io.note(`${approval.state} ${toolOf(approval)} of terminal ${approval.terminal_id}`);
}
