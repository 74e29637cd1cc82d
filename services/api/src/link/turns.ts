import { type AgentEvent, takesInput } from '@cao/contracts';
import {
  commitAccepted,
  endTurnOfWorker,
  failOver,
  hasMail,
  type Ledger,
  lockTerminal,
  reportOutcomes,
  setStatus,
  setTurnEnd,
  settleTurn,
  type TerminalOwner,
  unlimitProvider,
} from '@cao/db';

const kinds = ['status', 'accepted', 'ready', 'turn_ended'] as const;

/** What every message passes through: these go by few statements, and without the wide row of the terminal. */
export type TurnEvent = Extract<AgentEvent, { kind: (typeof kinds)[number] }>;

export const isOfTurn = (event: AgentEvent): event is TurnEvent =>
  (kinds as readonly string[]).includes(event.kind);

/** @param owner its row is locked, and the event is of its epoch. */
export async function applyToTurn(
  ledger: Ledger,
  owner: TerminalOwner,
  event: TurnEvent,
  old: boolean,
): Promise<void> {
  const { tx } = ledger;
  switch (event.kind) {
    case 'status': {
      const changed = await setStatus(tx, { ...event, id: owner.id });
      if (changed && takesInput(event.status)) await reportOutcomes(ledger, owner.id, { turnEnded: false });
      return;
    }
    case 'accepted': {
      const { moved, more } = await commitAccepted(
        tx,
        { id: owner.id, session: owner.sessionName },
        event.seq,
      );
      // A proof that is told again rings nothing: the bell would have it told once more, and so on without end.
      if (moved && more) ledger.ring({ bell: 'mail', hostId: owner.hostId!, id: owner.id });
      return;
    }
    case 'ready':
      return ringMail(ledger, owner);
    case 'turn_ended':
      if (event.failure && (await failOver(ledger, (await lockTerminal(tx, owner.id))!, event.failure)))
        return;
      await setTurnEnd(tx, owner.id, event, event.now && !old && !event.background ? event.now : null);
      if (event.background) return ringMail(ledger, owner);
      return endTurn(ledger, owner, event);
  }
}

/** Only where there is mail: an idle terminal costs the queue nothing. */
export async function ringMail(
  ledger: Ledger,
  { id, hostId }: Pick<TerminalOwner, 'id' | 'hostId'>,
): Promise<void> {
  if (await hasMail(ledger.tx, id)) ledger.ring({ bell: 'mail', hostId: hostId!, id });
}

async function endTurn(
  ledger: Ledger,
  owner: TerminalOwner,
  turn: Extract<AgentEvent, { kind: 'turn_ended' }>,
): Promise<void> {
  const duties = await settleTurn(ledger.tx, owner);
  // What somebody stopped tells nothing of the service.
  if (duties.limited && turn.error === null) await unlimitProvider(ledger.tx, owner.hostId!, owner.provider);
  if (duties.works) await endTurnOfWorker(ledger, owner.id, turn);
  if (duties.awaits) await reportOutcomes(ledger, owner.id, { turnEnded: true });
  if (duties.mail) ledger.ring({ bell: 'mail', hostId: owner.hostId!, id: owner.id });
}
