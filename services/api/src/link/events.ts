import { type AgentEvent, takesInput } from '@cao/contracts';
import {
  advanceSpool,
  appendEvent,
  closeApprovals,
  closeTerminal,
  commitAccepted,
  commitAnswer,
  dutiesAtTurnEnd,
  endTask,
  endTurnOfMessages,
  endTurnOfWorker,
  failOver,
  findHost,
  goOnAfterLoss,
  goOnWithoutConversation,
  hasMail,
  keepPlace,
  killMessages,
  type Ledger,
  leaveDraining,
  lockTerminal,
  openApproval,
  placeElsewhere,
  reportOutcomes,
  ringUnplaced,
  setHealth,
  setNativeSession,
  setStatus,
  setTrouble,
  setTurnEnd,
  setUpgrade,
  setUsage,
  type TerminalRow,
  unlimitProvider,
  workspaceReady,
} from '@cao/db';
import { failpoint } from '@cao/runtime';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';
import { conversationOn } from './conversation.ts';
import type { Link } from './link.ts';

export interface Spooled {
  readonly n: number;
  readonly event: AgentEvent;
  /** Written before the snapshot of this link's hello: its status is history. */
  readonly old: boolean;
}

/** Applied in one transaction: most come in twos, and after an outage in hundreds. */
const TOGETHER = 16;

/** Takes the next events that are one transaction: of one terminal, so that it locks no more than one event would. */
export function takeTogether(waiting: Spooled[]): [Spooled, ...Spooled[]] {
  const [first] = waiting;
  let count = 1;
  while (count < TOGETHER && isSequel(waiting[count - 1]!, waiting[count])) count++;
  return waiting.splice(0, count) as [Spooled, ...Spooled[]];

  function isSequel(before: Spooled, next: Spooled | undefined): boolean {
    return (
      next?.n === before.n + 1 &&
      'terminal' in first!.event &&
      'terminal' in next.event &&
      next.event.terminal === first!.event.terminal
    );
  }
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
    const last = events.at(-1)!.n;
    const mode = await advanceSpool(ledger.tx, link.hostId, link.epoch, last, events[0].n);
    if (mode === null) return;
    for (const spooled of events) await applyOne(ledger, link.hostId, mode, spooled);
  });
  for (const { event } of events) if (event.kind === 'accepted') link.proofs.came(event.terminal, event.seq);
  await failpoint('api.event.after-commit');
}

async function applyOne(
  ledger: Ledger,
  hostId: string,
  mode: NonNullable<Awaited<ReturnType<typeof advanceSpool>>>,
  { event, old }: Spooled,
): Promise<void> {
  const { tx } = ledger;
  if (event.kind === 'token_rejected')
    return appendEvent(tx, { kind: 'token.rejected', hostId, data: { count: event.count } });
  if (event.kind === 'health') {
    await setHealth(tx, hostId, event.health);
    return ringUnplaced(ledger);
  }
  if (event.kind === 'upgrade') return setUpgrade(tx, hostId, event.upgrade);
  const row = await lockTerminal(tx, event.terminal);
  // Another epoch, another host, or long closed: nobody's business any more.
  if (!row || row.hostId !== hostId || row.epoch !== event.epoch || row.lifecycle === 'closed') return;
  if (event.kind === 'turn_ended' && event.failure && (await failOver(ledger, row, event.failure))) return;
  await applyToTerminal(ledger, row, event, old);
  if (mode === 'draining') await leaveDraining(ledger, (await lockTerminal(tx, row.id))!);
}

async function applyToTerminal(
  ledger: Ledger,
  row: TerminalRow,
  event: Exclude<AgentEvent, { kind: 'token_rejected' | 'health' | 'upgrade' }>,
  old: boolean,
): Promise<void> {
  const { tx } = ledger;
  const terminal = { id: row.id, epoch: row.epoch, session: row.sessionName };
  /** Only where there is mail: an idle terminal costs the queue nothing. */
  const ringMail = async () => {
    if (await hasMail(tx, row.id)) ledger.ring({ bell: 'mail', hostId: row.hostId!, id: row.id });
  };
  switch (event.kind) {
    case 'status': {
      if (old) return;
      const changed = await setStatus(tx, { ...event, id: row.id });
      if (changed && takesInput(event.status)) await reportOutcomes(ledger, row.id, { turnEnded: false });
      return;
    }
    case 'accepted':
      // A proof that is told again rings nothing: the bell would have it told once more, and so on without end.
      if (await commitAccepted(tx, terminal, event.seq)) await ringMail();
      return;
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
      return ringMail();
    }
    case 'ready':
      return ringMail();
    case 'turn_ended':
      if (event.now && !old && !event.background)
        await setStatus(tx, { ...event.now, id: row.id, epoch: row.epoch });
      await setTurnEnd(tx, row.id, event);
      if (event.background) return ringMail();
      return endTurn(ledger, row, event);
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

async function endTurn(
  ledger: Ledger,
  row: TerminalRow,
  turn: Extract<AgentEvent, { kind: 'turn_ended' }>,
): Promise<void> {
  const { tx } = ledger;
  const duties = await dutiesAtTurnEnd(tx, row);
  // What somebody stopped tells nothing of the service.
  if (duties.limited && turn.error === null) await unlimitProvider(tx, row.hostId!, row.provider);
  await endTurnOfMessages(tx, row.id);
  if (duties.works) await endTurnOfWorker(ledger, row.id, turn);
  if (duties.awaits) await reportOutcomes(ledger, row.id, { turnEnded: true });
  if (duties.mail) ledger.ring({ bell: 'mail', hostId: row.hostId!, id: row.id });
}
