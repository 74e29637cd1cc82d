import { type AgentEvent, type TerminalStatus, takesInput } from '@cao/contracts';
import {
  commitAccepted,
  endTurnOfWorker,
  failOver,
  type Ledger,
  lockTerminal,
  reportOutcomes,
  setStatuses,
  setTurnEnds,
  type TerminalOwner,
  type TurnDuties,
  unlimitProvider,
  withMail,
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
  (event.kind === 'accepted' && !(event.now && takesInput(event.now.status))) ||
  (event.kind === 'status' && !takesInput(event.status));

/** One event of a terminal whose row is locked, and of its epoch. */
export interface OwnEvent<E extends TurnEvent = TurnEvent> {
  readonly owner: TerminalOwner;
  readonly event: E;
  /** From before the snapshot of its link's hello. */
  readonly old: boolean;
}

/** @param told one of each terminal: they need nothing of each other, and what they have in common is one statement. */
export async function applyToTurns(ledger: Ledger, told: readonly OwnEvent[]): Promise<void> {
  await Promise.all([
    accept(ledger, only(told, 'accepted')),
    report(ledger, only(told, 'status')),
    ringMail(
      ledger,
      only(told, 'ready').map(({ owner }) => owner),
    ),
    endTurns(ledger, only(told, 'turn_ended')),
  ]);
}

type Of<K extends TurnEvent['kind']> = OwnEvent<Extract<TurnEvent, { kind: K }>>;
const only = <K extends TurnEvent['kind']>(told: readonly OwnEvent[], kind: K): Of<K>[] =>
  told.filter((one): one is Of<K> => one.event.kind === kind);

/** Only where there is mail: an idle terminal costs the queue nothing. */
export async function ringMail(
  ledger: Ledger,
  owners: readonly Pick<TerminalOwner, 'id' | 'hostId'>[],
): Promise<void> {
  if (owners.length === 0) return;
  const waited = await withMail(
    ledger.tx,
    owners.map(({ id }) => id),
  );
  for (const owner of owners) if (waited.has(owner.id)) ringFor(ledger, owner);
}

const ringFor = (ledger: Ledger, { id, hostId }: Pick<TerminalOwner, 'id' | 'hostId'>) =>
  ledger.ring({ bell: 'mail', hostId: hostId!, id });

async function accept(ledger: Ledger, told: readonly Of<'accepted'>[]): Promise<void> {
  if (told.length === 0) return;
  const taken = told.map(({ owner, event, old }) => ({
    id: owner.id,
    session: owner.sessionName,
    seq: event.seq,
    now: old ? null : event.now,
  }));
  for (const [nth, { moved, more, changed }] of (await commitAccepted(ledger.tx, taken)).entries()) {
    const { owner, event } = told[nth]!;
    // A proof that is told again rings nothing: the bell would have it told once more, and so on without end.
    if (moved && more) ringFor(ledger, owner);
    if (changed) await hearOf(ledger, owner, event.now!.status);
  }
}

async function report(ledger: Ledger, told: readonly Of<'status'>[]): Promise<void> {
  if (told.length === 0) return;
  const changed = await setStatuses(
    ledger.tx,
    told.map(({ owner, event }) => ({ ...event, id: owner.id })),
  );
  for (const { owner, event } of told) if (changed.has(owner.id)) await hearOf(ledger, owner, event.status);
}

/** Its status is news. */
async function hearOf(ledger: Ledger, owner: TerminalOwner, status: TerminalStatus): Promise<void> {
  if (takesInput(status)) await reportOutcomes(ledger, owner.id, { turnEnded: false });
}

async function endTurns(ledger: Ledger, all: readonly Of<'turn_ended'>[]): Promise<void> {
  const told: Of<'turn_ended'>[] = [];
  for (const one of all) if (!(await goesElsewhere(ledger, one))) told.push(one);
  if (told.length === 0) return;
  // One packet, as neither needs what the other finds. Of the latter work goes on behind the turn: nothing is settled yet.
  const [duties] = await Promise.all([
    setTurnEnds(
      ledger.tx,
      told.map(({ owner, event, old }) => ({
        id: owner.id,
        turn: event,
        now: old || event.background ? null : event.now,
      })),
    ),
    ringMail(
      ledger,
      told.filter(({ event }) => event.background).map(({ owner }) => owner),
    ),
  ]);
  for (const [nth, one] of told.entries()) if (!one.event.background) await seeTo(ledger, one, duties[nth]!);
}

/** Its turn failed, and another CLI of its profile takes its place. */
const goesElsewhere = async (ledger: Ledger, { owner, event }: Of<'turn_ended'>): Promise<boolean> =>
  event.failure !== null &&
  (await failOver(ledger, (await lockTerminal(ledger.tx, owner.id))!, event.failure));

async function seeTo(
  ledger: Ledger,
  { owner, event: turn }: Of<'turn_ended'>,
  duties: TurnDuties,
): Promise<void> {
  // What somebody stopped tells nothing of the service.
  if (duties.limited && turn.error === null) await unlimitProvider(ledger.tx, owner.hostId!, owner.provider);
  if (duties.works) await endTurnOfWorker(ledger, owner.id, turn);
  if (duties.awaits) await reportOutcomes(ledger, owner.id, { turnEnded: true });
  if (duties.mail) ringFor(ledger, owner);
}
