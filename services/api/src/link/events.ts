import type { AgentEvent } from '@cao/contracts';
import {
  advanceSpool,
  advanceSpools,
  isOutage,
  type Ledger,
  leaveDraining,
  lockOwner,
  lockTerminal,
  type TerminalOwner,
} from '@cao/db';
import { ALONE, failpoint, gather } from '@cao/runtime';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';
import type { Link } from './link.ts';
import { applyToHost, applyToTerminal } from './rare-events.ts';
import { applyToTurns, isOfTurn, isOneStatement, type OwnEvent } from './turns.ts';

export interface Spooled {
  readonly n: number;
  readonly event: AgentEvent;
  /** Written before the snapshot of this link's hello: its status is history. */
  readonly old: boolean;
}

/** What one host told, to be applied at one go: in company of any of its terminals, else about one of them, or about none. */
export interface Told {
  readonly link: Link;
  readonly events: readonly [Spooled, ...Spooled[]];
}

/** Applied in one transaction: most come in twos, and after an outage in hundreds. */
const TOGETHER = 64;
/** Hosts whose events are one transaction, and such transactions at a time: the pool has connections for others as well. */
const IN_COMPANY = 64;
const AT_ONCE = 2;

/** What a terminal was before the snapshot says nothing of what it is: passed over. */
const isHistory = ({ event, old }: Spooled): boolean => old && event.kind === 'status';
const newsOf = (events: readonly Spooled[]): Spooled[] => events.filter((event) => !isHistory(event));
const terminalOf = ({ event }: Spooled): string | null => ('terminal' in event ? event.terminal : null);
/** It leads to no row of another terminal, as far as can be seen. */
const isPlain = ({ event }: Spooled): boolean =>
  isOfTurn(event) && !(event.kind === 'turn_ended' && event.failure);

/** How many of these, from the front, may be one transaction; what is passed over locks nothing, and goes with any of them. */
function countTogether(waiting: readonly Spooled[], fits: (next: Spooled) => boolean): number {
  let applied = 0;
  let count = 0;
  for (const next of waiting) {
    if (count > 0 && next.n !== waiting[count - 1]!.n + 1) break;
    if (!isHistory(next) && (!fits(next) || ++applied > TOGETHER)) break;
    count++;
  }
  return count;
}

/** Of one terminal, so that it locks no more than one event would, and up to the end of a turn, behind which it may be another's. */
function countOfOne(waiting: readonly Spooled[]): number {
  let of: string | null | undefined;
  let ended = false;
  return countTogether(waiting, (next) => {
    const terminal = terminalOf(next);
    if (ended || (of !== undefined && (terminal === null || terminal !== of))) return false;
    ended = next.event.kind === 'turn_ended';
    of = terminal;
    return true;
  });
}

/** Of any terminals what every message passes through, of each up to the end of a turn. */
function countPlain(waiting: readonly Spooled[]): number {
  const ended = new Set<string | null>();
  return countTogether(waiting, (next) => {
    if (!isPlain(next) || ended.has(terminalOf(next))) return false;
    if (next.event.kind === 'turn_ended') ended.add(next.event.terminal);
    return true;
  });
}

/** Takes the next events that are applied at one go. */
export const takeTogether = (waiting: Spooled[]): Told['events'] =>
  take(waiting, Math.max(countOfOne(waiting), countPlain(waiting)));

const take = (waiting: Spooled[], count: number) => waiting.splice(0, count) as [Spooled, ...Spooled[]];

const isOfSeveral = ({ events }: Told): boolean => countOfOne(events) < events.length;

/**
 * Applies events of spools, once, in the transaction that moves their cursors over them. What several hosts tell at about the same
 * time is one transaction, as long as it is what every message passes through.
 * @returns resolves to the number of the last event that is applied: what is behind it is for another go. Rejects with CaoError
 * conflict for an old link epoch or a gap.
 */
export function eventApplier(deps: Deps): (told: Told) => Promise<number> {
  const inCompany = gather((all: readonly Told[]) => applyAll(deps, all), {
    most: IN_COMPANY,
    atOnce: AT_ONCE,
    isUndone: (error) => !isOutage(error),
    sizeOf: ({ events }) => events.reduce((size, { event }) => size + lengthOf(event), 0),
  });
  return async (told) => {
    const news = newsOf(told.events);
    if (news.length > 0 && news.every(isPlain)) return inCompany(told);
    const alone = () => applyTold(deps, [told]);
    await (told.events[0].old ? deps.catchUps.run(alone) : alone());
    return lastOf(told);
  };
}

/** An answer may be as long as a message. Units: characters. */
const lengthOf = (event: AgentEvent): number =>
  event.kind === 'turn_ended' ? (event.answer?.length ?? 0) : 0;

/** The last one that was applied. */
type Outcome = number | typeof ALONE;

const lastOf = ({ events }: Told): number => events.at(-1)!.n;

/** What cannot be in company is done alone: of several terminals what the first one has. */
async function applyAll(deps: Deps, all: readonly Told[]): Promise<Outcome[]> {
  const outcomes = await applyTold(deps, all);
  if (all.length > 1 || outcomes[0] !== ALONE) return outcomes;
  const { link, events } = all[0]!;
  return applyTold(deps, [{ link, events: take([...events], countOfOne(events)) }]);
}

async function applyTold(deps: Deps, all: readonly Told[]): Promise<Outcome[]> {
  // The host has no message in hand there any more: the next bell is to ask it.
  for (const { link, events } of all)
    for (const { event } of events)
      if (event.kind === 'ready' || event.kind === 'closed') link.taken.delete(event.terminal);
  await failpoint('api.event.before-commit');
  const outcomes = await commit(deps, async (ledger) => {
    if (all.length > 1 || isOfSeveral(all[0]!)) return applyInCompany(ledger, all);
    await applyAlone(ledger, all[0]!);
    return [lastOf(all[0]!)];
  });
  for (const [nth, { events }] of all.entries())
    for (const { event } of upto(events, outcomes[nth]!))
      if (event.kind === 'accepted') deps.proofs.settled(event.terminal, event.seq);
  await failpoint('api.event.after-commit');
  return outcomes;
}

const stepOf = ({ link, events }: Told) => ({
  hostId: link.hostId,
  linkEpoch: link.epoch,
  first: events[0].n,
  last: events.at(-1)!.n,
});
/** Those that this outcome is of. */
const upto = (events: readonly Spooled[], outcome: Outcome): Spooled[] =>
  events.filter(({ n }) => outcome !== ALONE && n <= outcome);

/** Of each terminal its first event, then of each its second one, and so on. */
async function applyInCompany(ledger: Ledger, all: readonly Told[]): Promise<Outcome[]> {
  const steps = all.map((told) => ({ ...stepOf(told), terminals: firstsOf(told) }));
  const advanced = await advanceSpools(ledger.tx, steps);
  const lines = all.flatMap(({ link, events }, nth) => {
    const to = advanced[nth]!;
    if (to === ALONE) return [];
    const news = newsOf(upto(events, to.last));
    return to.owners.map((owner) => ownEvents(owner, link, news));
  });
  /** Nobody waits for what they find, and they go out in one packet. */
  let sent: Promise<void>[] = [];
  for (let nth = 0; lines.some((line) => nth < line.length); nth++) {
    const wave = lines.flatMap((line) => line[nth] ?? []);
    sent.push(applyToTurns(ledger, wave));
    if (wave.every(({ event }) => isOneStatement(event))) continue;
    await Promise.all(sent);
    sent = [];
  }
  await Promise.all(sent);
  return advanced.map((to) => (to === ALONE ? ALONE : to.last));
}

/** Of each terminal that they are about, the number of the first one. */
function firstsOf(told: Told): { id: string; first: number }[] {
  const firsts = new Map<string, number>();
  for (const one of newsOf(told.events).reverse()) firsts.set(terminalOf(one)!, one.n);
  return [...firsts].map(([id, first]) => ({ id, first }));
}

const ownEvents = (owner: TerminalOwner, link: Link, news: readonly Spooled[]): OwnEvent[] =>
  news.flatMap(({ event, old }) =>
    isOfTurn(event) && event.terminal === owner.id && isOf(owner, link, event) ? [{ owner, event, old }] : [],
  );

async function applyAlone(ledger: Ledger, told: Told): Promise<void> {
  const { link } = told;
  const [terminal = null] = newsOf(told.events).map(terminalOf);
  const advanced = await advanceSpool(ledger.tx, { ...stepOf(told), terminal });
  if (advanced === null) return;
  const { mode } = advanced;
  let { owner } = advanced;
  /** They need nothing of each other, and go out in one packet. */
  let together: Promise<void>[] = [];
  for (const { event, old } of newsOf(told.events)) {
    if (owner && mode !== 'draining' && isOneStatement(event) && isOf(owner, link, event)) {
      together.push(applyToTurns(ledger, [{ owner, event, old }]));
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
    if (isOfTurn(event)) await applyToTurns(ledger, [{ owner, event, old }]);
    else await applyToTerminal(ledger, (await lockTerminal(ledger.tx, owner.id))!, event);
    if (mode === 'draining') await leaveDraining(ledger, (await lockTerminal(ledger.tx, owner.id))!);
    // After anything but these it may be another's, or closed.
    const stays = event.kind === 'status' || event.kind === 'accepted';
    if (mode === 'draining' || !stays) owner = null;
  }
  await Promise.all(together);
}

/** Else it is of another epoch or another host, or long closed: nobody's business any more. */
const isOf = (owner: TerminalOwner, link: Link, event: { readonly epoch: number }): boolean =>
  owner.hostId === link.hostId && owner.epoch === event.epoch && owner.lifecycle !== 'closed';
