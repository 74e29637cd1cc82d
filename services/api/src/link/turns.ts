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

/** What these do does not depend on what they find. */
export const isOneStatement = (
  event: AgentEvent,
): event is Extract<TurnEvent, { kind: 'accepted' | 'status' }> =>
  event.kind === 'accepted' || (event.kind === 'status' && !takesInput(event.status));

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
      return endTurn(ledger, owner, event, old);
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
  old: boolean,
): Promise<void> {
  const { tx } = ledger;
  const ended = setTurnEnd(tx, owner.id, turn, turn.now && !old && !turn.background ? turn.now : null);
  // It goes on behind this turn: nothing is settled yet.
  if (turn.background) {
    await ended;
    return ringMail(ledger, owner);
  }
  // One packet, as neither needs what the other finds.
  const [duties] = await Promise.all([settleTurn(tx, owner), ended]);
  // What somebody stopped tells nothing of the service.
  if (duties.limited && turn.error === null) await unlimitProvider(tx, owner.hostId!, owner.provider);
  if (duties.works) await endTurnOfWorker(ledger, owner.id, turn);
  if (duties.awaits) await reportOutcomes(ledger, owner.id, { turnEnded: true });
  if (duties.mail) ledger.ring({ bell: 'mail', hostId: owner.hostId!, id: owner.id });
}
