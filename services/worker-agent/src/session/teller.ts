import { type AgentEvent, MAX_MESSAGE_CHARS } from '@cao/contracts';
import { type AgentState, type Effect, INTERRUPTED, type Provider } from '@cao/providers';
import type { Logger } from '@cao/runtime';
import type { PaneRef } from '@cao/terminal';

/** Evidence is for people and fixtures, not for essays. Units: characters. */
const MAX_EVIDENCE = 400;
/** What it says went wrong goes into an event. Units: characters. */
const MAX_ERROR = 2_000;

type OfPane<E> = E extends unknown ? Omit<E, 'terminal' | 'epoch'> : never;
type PaneEvent = OfPane<Extract<AgentEvent, { terminal: string }>>;
export type TurnEnd = Extract<Effect, { kind: 'turn_ended' }>;

/** What a terminal is, as it is told. */
export type Told = Pick<AgentState, 'status' | 'source' | 'evidence'>;
export const toldOf = ({ status, source, evidence }: AgentState): Told => ({
  status,
  source,
  evidence: evidence.slice(0, MAX_EVIDENCE),
});

/** Tells the api of one terminal: in the order in which things happened, also where finding the words takes a while. */
export interface Teller {
  tell(event: PaneEvent): void;
  /** Done behind all that was to be told before. */
  then(work: () => void | Promise<void>): void;
  /** To be called from `then` alone: the words of a turn's end were looked for. */
  turnEnd(turn: TurnEnd, answer: string | null, now: Told): void;
}

export function makeTeller(
  ref: PaneRef,
  failureOf: Provider['failure'],
  deps: { readonly emit: (event: AgentEvent) => void; readonly log: Logger },
): Teller {
  let tail: Promise<void> = Promise.resolve();
  const emit = (event: PaneEvent) =>
    deps.emit({ ...event, terminal: ref.id, epoch: ref.epoch } as AgentEvent);
  const then = (work: () => void | Promise<void>) => {
    tail = tail
      .then(work)
      .catch((error) => deps.log.error({ err: error, terminal: ref.id }, 'an event was lost'));
  };
  return {
    then,
    tell: (event) => then(() => emit(event)),
    turnEnd: (turn, answer, now) =>
      emit({
        kind: 'turn_ended',
        // It may become a message, and must fit a frame: one that does not would end every link that it is sent on.
        answer: answer?.slice(0, MAX_MESSAGE_CHARS) ?? null,
        background: turn.background,
        error: turn.error?.slice(0, MAX_ERROR) ?? null,
        failure: turn.error === null || turn.error === INTERRUPTED ? null : failureOf(turn.error),
        now,
      }),
  };
}
