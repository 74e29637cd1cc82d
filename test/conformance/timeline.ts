import type { Phase } from '@cao/providers/testing';
import type { SeenRequest } from '../support/fake-model/server.ts';

/** What happened to the terminal that no request to the model tells. */
export interface Mark {
  readonly at: number;
  /**
   * `ready`: it waits for its first prompt, by its own word: nobody else knows. `pasted`: a prompt is on its way. `deciding`: so
   * is an answer to its question. `stopped`: a person ended its turn.
   */
  readonly what: 'ready' | 'pasted' | 'deciding' | 'answered' | 'stopped';
}

export type ModelRequest = Pick<SeenRequest, 'at' | 'ended'>;

/**
 * The truth about a terminal: what its model was asked and answered says what it does, whatever it says of itself. Of a
 * request that failed nobody can say whether it is tried again, until the next one or the next prompt. `asks`: it asks before it
 * runs a command. Times: ms since the epoch.
 */
export function truthOf(
  requests: readonly ModelRequest[],
  marks: readonly Mark[],
  asks: boolean,
): readonly Phase[] {
  const turns = requests.filter(({ ended }) => ended?.how !== 'aside' && ended?.how !== 'other');
  const next = (at: number, ...what: readonly Mark['what'][]) =>
    marks.find((mark) => what.includes(mark.what) && mark.at > at);
  const promptAfter = (at: number) => next(at, 'pasted')?.at ?? Infinity;
  /** Whether the model is asked again before the next prompt: then the turn goes on. */
  const goesOn = (at: number, rest = turns.filter((request) => request.at > at)) =>
    (rest[0]?.at ?? Infinity) < promptAfter(at);
  /** Who decided hears of it when the CLI has gone on: by then the model may have been asked, which tells more. */
  const wentOn = (answered: number) => {
    const deciding =
      marks.findLast((mark) => mark.what === 'deciding' && mark.at <= answered)?.at ?? answered;
    return turns.some(({ at }) => at > deciding && at <= answered);
  };
  const phases: Phase[] = [];
  for (const [nth, { at, ended }] of turns.entries()) {
    phases.push({ at, status: 'processing' });
    if (!ended) continue;
    const again = goesOn(ended.at, turns.slice(nth + 1));
    if (ended.how === 'text') phases.push({ at: ended.at, status: 'completed' });
    if (ended.how === 'shell' && asks) phases.push({ at: ended.at, status: 'waiting_user_answer' });
    if (ended.how === 'error' && !again)
      phases.push({
        at: ended.at,
        status: next(ended.at, 'pasted', 'stopped')?.what === 'pasted' ? 'error' : null,
      });
    if (ended.how === 'gone' && !again) phases.push({ at: ended.at, status: 'idle' });
  }
  for (const { at, what } of marks) {
    if (what === 'ready' || what === 'stopped') phases.push({ at, status: 'idle' });
    if (what === 'pasted' || what === 'deciding') phases.push({ at, status: null });
    if (what === 'answered' && !wentOn(at)) phases.push({ at, status: goesOn(at) ? 'processing' : 'idle' });
  }
  phases.sort((a, b) => a.at - b.at);
  return phases.filter((phase, index) => phase.status !== phases[index - 1]?.status);
}
