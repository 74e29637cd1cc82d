import type { TerminalStatus } from '@cao/contracts';
import type { SeenRequest } from '../support/fake-model/server.ts';

/** From this moment on the terminal is in this state. Units: ms since the epoch. */
export interface Phase {
  readonly at: number;
  /** null: nobody can say (a prompt is on its way into the CLI), so nothing is scored. */
  readonly status: TerminalStatus | null;
}

/** What happened to the terminal that no request to the model tells. */
export interface Mark {
  readonly at: number;
  /** `ready`: it waits for its first prompt. `pasted`: a prompt is on its way. `deciding`: so is an answer to its question. */
  readonly what: 'ready' | 'pasted' | 'deciding' | 'answered';
}

export type ModelRequest = Pick<SeenRequest, 'at' | 'ended'>;

/**
 * The truth about a terminal: what its model was asked and answered says what it does, whatever it says of itself. `asks`: it
 * asks before it runs a command.
 */
export function truthOf(
  requests: readonly ModelRequest[],
  marks: readonly Mark[],
  asks: boolean,
): readonly Phase[] {
  const turns = requests.filter(({ ended }) => ended?.how !== 'aside' && ended?.how !== 'other');
  /** Whether the model is asked again before the next prompt: then the turn goes on. */
  const goesOn = (at: number, rest = turns.filter((request) => request.at > at)) => {
    const next = rest[0]?.at ?? Infinity;
    const prompt = marks.find((mark) => mark.what === 'pasted' && mark.at > at)?.at ?? Infinity;
    return next < prompt;
  };
  const phases: Phase[] = [];
  for (const [nth, { at, ended }] of turns.entries()) {
    phases.push({ at, status: 'processing' });
    if (!ended) continue;
    const again = goesOn(ended.at, turns.slice(nth + 1));
    if (ended.how === 'text') phases.push({ at: ended.at, status: 'completed' });
    if (ended.how === 'shell' && asks) phases.push({ at: ended.at, status: 'waiting_user_answer' });
    if (ended.how === 'error' && !again) phases.push({ at: ended.at, status: 'error' });
    if (ended.how === 'gone' && !again) phases.push({ at: ended.at, status: 'idle' });
  }
  for (const { at, what } of marks) {
    if (what === 'ready') phases.push({ at, status: 'idle' });
    if (what === 'pasted' || what === 'deciding') phases.push({ at, status: null });
    if (what === 'answered') phases.push({ at, status: goesOn(at) ? 'processing' : 'idle' });
  }
  phases.sort((a, b) => a.at - b.at);
  return phases.filter((phase, index) => phase.status !== phases[index - 1]?.status);
}
