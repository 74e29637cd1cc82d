import type { AgentEvent } from '@cao/contracts';
import {
  advanceSpool,
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
  leaveDraining,
  lockOwner,
  lockTerminal,
  openApproval,
  placeElsewhere,
  ringUnplaced,
  setHealth,
  setNativeSession,
  setTrouble,
  setUpgrade,
  setUsage,
  type TerminalOwner,
  type TerminalRow,
  workspaceReady,
} from '@cao/db';
import { failpoint } from '@cao/runtime';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';
import { conversationOn } from './conversation.ts';
import type { Link } from './link.ts';
import { applyToTurn, isOfTurn, isOneStatement, ringMail, type TurnEvent } from './turns.ts';

export interface Spooled {
  readonly n: number;
  readonly event: AgentEvent;
  /** Written before the snapshot of this link's hello: its status is history. */
  readonly old: boolean;
}

/** Applied in one transaction: most come in twos, and after an outage in hundreds. */
const TOGETHER = 16;

/** What a terminal was before the snapshot says nothing of what it is: passed over. */
const isHistory = ({ event, old }: Spooled): boolean => old && event.kind === 'status';
const terminalOf = ({ event }: Spooled): string | null => ('terminal' in event ? event.terminal : null);

/**
 * Takes the next events that are one transaction: of one terminal, so that it locks no more than one event would. What is passed
 * over locks nothing, and goes with any of them.
 */
export function takeTogether(waiting: Spooled[]): [Spooled, ...Spooled[]] {
  let of: string | null | undefined;
  let applied = 0;
  let count = 0;
  for (const next of waiting) {
    if (count > 0 && next.n !== waiting[count - 1]!.n + 1) break;
    if (!isHistory(next)) {
      const terminal = terminalOf(next);
      if (of !== undefined && (terminal === null || terminal !== of)) break;
      if (++applied > TOGETHER) break;
      of = terminal;
    }
    count++;
  }
  return waiting.splice(0, count) as [Spooled, ...Spooled[]];
}

/** Applies events of the host's spool, once, in the transaction that moves its cursor over them. */
export async function applyEvents(
  deps: Deps,
  link: Link,
  events: readonly [Spooled, ...Spooled[]],
): Promise<void> {
  // The host has no message in hand there any more: the next bell is to ask it.
  for (const { event } of events)
    if (event.kind === 'ready' || event.kind === 'closed') link.taken.delete(event.terminal);
  await failpoint('api.event.before-commit');
  await commit(deps, async (ledger) => {
    const news = events.filter((event) => !isHistory(event));
    const advanced = await advanceSpool(ledger.tx, {
      hostId: link.hostId,
      linkEpoch: link.epoch,
      first: events[0].n,
      last: events.at(-1)!.n,
      terminal: news[0] ? terminalOf(news[0]) : null,
    });
    if (advanced === null) return;
    const { mode } = advanced;
    let { owner } = advanced;
    /** They need nothing of each other, and go out in one packet. */
    let together: Promise<void>[] = [];
    for (const { event, old } of news) {
      if (owner && mode !== 'draining' && isOneStatement(event) && isOf(owner, link, event)) {
        together.push(applyToTurn(ledger, owner, event, old));
        continue;
      }
      await Promise.all(together);
      together = [];
      if (!('terminal' in event)) {
        await applyToHost(ledger, link.hostId, event);
        continue;
      }
      owner ??= await lockOwner(ledger.tx, event.terminal);
      if (!owner || !isOf(owner, link, event)) continue;
      if (isOfTurn(event)) await applyToTurn(ledger, owner, event, old);
      else await applyToTerminal(ledger, (await lockTerminal(ledger.tx, owner.id))!, event);
      if (mode === 'draining') await leaveDraining(ledger, (await lockTerminal(ledger.tx, owner.id))!);
      // After anything but these it may be another's, or closed.
      const stays = event.kind === 'status' || event.kind === 'accepted';
      if (mode === 'draining' || !stays) owner = null;
    }
    await Promise.all(together);
  });
  for (const { event } of events) if (event.kind === 'accepted') link.proofs.came(event.terminal, event.seq);
  await failpoint('api.event.after-commit');
}

/** Else it is of another epoch or another host, or long closed: nobody's business any more. */
const isOf = (owner: TerminalOwner, link: Link, event: { readonly epoch: number }): boolean =>
  owner.hostId === link.hostId && owner.epoch === event.epoch && owner.lifecycle !== 'closed';

async function applyToHost(
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

async function applyToTerminal(
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
      return ringMail(ledger, row);
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
