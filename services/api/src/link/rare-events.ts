import type { AgentEvent } from '@cao/contracts';
import {
  appendEvent,
  closeApprovals,
  closeTerminal,
  commitAnswer,
  endTask,
  findHost,
  goOnAfterLoss,
  goOnWithoutConversation,
  keepPlace,
  killMessages,
  type Ledger,
  openApproval,
  placeElsewhere,
  ringUnplaced,
  setHealth,
  setNativeSession,
  setTrouble,
  setUpgrade,
  setUsage,
  type TerminalRow,
  workspaceReady,
} from '@cao/db';
import { conversationOn } from './conversation.ts';
import { ringMail, type TurnEvent } from './turns.ts';

/** What a host tells of itself. */
export async function applyToHost(
  ledger: Ledger,
  hostId: string,
  event: Exclude<AgentEvent, { terminal: string }>,
): Promise<void> {
  const { tx } = ledger;
  switch (event.kind) {
    case 'token_rejected':
      return appendEvent(tx, { kind: 'token.rejected', hostId, data: { count: event.count } });
    case 'health':
      await setHealth(tx, hostId, event.health);
      return ringUnplaced(ledger);
    case 'upgrade':
      return setUpgrade(tx, hostId, event.upgrade);
  }
}

/** What a host tells of a terminal, but for its turns. @param row locked, and of the event's epoch. */
export async function applyToTerminal(
  ledger: Ledger,
  row: TerminalRow,
  event: Exclude<Extract<AgentEvent, { terminal: string }>, TurnEvent>,
): Promise<void> {
  const { tx } = ledger;
  switch (event.kind) {
    case 'not_accepted': {
      const reason = 'its CLI did not take the text, and the input line was cleared again';
      const which = { terminalId: row.id, session: row.sessionName, seq: event.seq };
      // A worker that never got its task cannot end it.
      for (const dead of await killMessages(ledger, which, 'not_accepted', reason))
        if (dead.taskId !== null && dead.kind !== 'system')
          await endTask(ledger, dead.taskId, {
            state: 'failed',
            reason: `the prompt did not reach the worker: ${reason}`,
          });
      return ringMail(ledger, [row]);
    }
    case 'session':
      return setNativeSession(tx, row.id, event.native_id);
    case 'usage':
      return setUsage(tx, row, event.usage);
    case 'trouble':
      return setTrouble(tx, row, event.failure);
    case 'approval_opened':
      return openApproval(tx, row, event);
    case 'approval_closed':
      // The host may have told its CLI before the command's answer was committed, or instead of it.
      if (event.reason === 'allowed') return commitAnswer(tx, row, event.approval, 'allow');
      if (event.reason === 'denied') return commitAnswer(tx, row, event.approval, 'deny');
      return closeApprovals(tx, row, event.reason, { id: event.approval });
    case 'lease_expired': {
      const host = await findHost(tx, row.hostId!);
      return goOnAfterLoss(ledger, row, 'its host was cut off for too long', conversationOn(host, row));
    }
    case 'closed':
      if (await goOnWithoutConversation(ledger, row, event.failure)) return;
      if (event.failure && !row.closing) await setTrouble(tx, row, event.failure);
      return closeTerminal(ledger, row, row.closing ?? event.reason, event.workspace);
    case 'workspace':
      if (row.lifecycle !== 'placing') return;
      if (event.state === 'preparing') return keepPlace(tx, row, event.note);
      if (event.state === 'ready') return workspaceReady(ledger, row, event.note);
      if (event.elsewhere) return placeElsewhere(ledger, row, event.note);
      return closeTerminal(ledger, row, `could not start: ${event.note}`);
  }
}
