import type { ScreenReading } from '@cao/providers';
import { awakeTime } from './awake-time.ts';
import type { Flight } from './flight.ts';
import type { TerminalSession } from './session.ts';

/** With an empty input line and no sign of the prompt anywhere, this long means that the CLI dropped it. Units: ms. */
const DROPPED_AFTER_MS = 8_000;
/** Tries to empty the input line, each seen on the screen, before the terminal counts as stuck. */
const CLEAR_TRIES = 3;
/** tmux is back within a second, if at all. Units: ms. */
const AGAIN_AFTER_MS = 1_000;
/** A screen that has followed a key is drawn to its end within this. Units: ms. */
const FOLLOW_MS = 250;
/** How long a screen may take to follow: a key that clears may end the CLI when it comes again too soon. Units: ms. */
const CLEARED_WITHIN_MS = 3_000;

/**
 * Submits a pasted text and waits until the CLI says that it took it: by signal, or by its session log. Another CR
 * only when the screen shows our text still in the input line, no signal came since, and no approval is open.
 * Without proof the line is cleared, seen to be empty, and only then is the message given up.
 */
export async function prove(session: TerminalSession, flight: Flight): Promise<void> {
  while (!flight.landed() && !session.ended && session.flight === flight) {
    try {
      // Taken, given up or stuck: each is an end, and nothing is typed after it.
      return await submitAndWait(session, flight);
    } catch (error) {
      // tmux was out of reach: the text lies where it lies, and its proof goes on when tmux is back.
      const told = { err: error, terminal: session.ref.id, seq: flight.seq };
      session.deps.log.warn(told, 'a proof was interrupted');
      await session.stir.next(AGAIN_AFTER_MS);
    }
  }
}

async function submitAndWait(session: TerminalSession, flight: Flight): Promise<void> {
  const { submit } = session.provider;
  const over = () => flight.landed() || session.ended || session.flight !== flight;
  let returns = 0;
  const empty = awakeTime(submit.proofMs * 2);
  await session.screen.quiet(submit.settleMs);
  for (;;) {
    if (over()) return;
    if (returns === 0 && (await pressReturn(session, flight))) returns = 1;
    await waitFor(session, over, submit.proofMs);
    if (over()) return;
    if (session.provenByLog(flight)) return session.accept(flight);
    if (returns === 0) continue; // copy mode or a closed input: waited for, not pressed into

    const reading = await session.readScreen();
    // Its proof may have come while the screen was read: then no other key.
    if (over()) return;
    const verdict = judge(session, flight, reading);
    const emptyForMs = empty.look(verdict === 'dropped');
    if (verdict === 'ours') {
      if (returns >= submit.maxCarriageReturns) return giveUp(session, flight, reading);
      // A question that opened while the screen was read would take the key.
      if (!session.agent.approval) {
        const again = await session.deps.tmux.resubmit(session.ref, { seq: flight.seq });
        if (again.ok) returns++;
      }
    } else if (verdict === 'taken') {
      return session.accept(flight);
    } else if (emptyForMs > DROPPED_AFTER_MS) {
      return giveUp(session, flight, reading);
    }
  }
}

/** The first CR, under the guard. @returns whether the pane's cursor says that it was pressed. */
async function pressReturn(session: TerminalSession, flight: Flight): Promise<boolean> {
  const pane = await session.pane();
  if (!pane) return false;
  if (pane.sent === flight.seq) return true; // an earlier life of this process pressed it
  const pressed = await session.deps.tmux.submit(session.ref, { prev: pane.sent, seq: flight.seq });
  return pressed.ok;
}

type Verdict = 'ours' | 'taken' | 'dropped' | 'wait';

function judge(session: TerminalSession, flight: Flight, reading: ScreenReading): Verdict {
  if (session.agent.approval || reading.status === 'waiting_user_answer') return 'wait';
  if (reading.input === 'text')
    return session.provider.submit.isOurs(reading.inputText, flight.pasted) ? 'ours' : 'wait';
  if (reading.status === 'processing' || session.agent.status === 'processing')
    // Busy with an empty line after our CR is proof enough only where there is no log to ask.
    return session.provider.log === null && reading.input === 'empty' ? 'taken' : 'wait';
  return reading.input === 'empty' ? 'dropped' : 'wait';
}

async function giveUp(session: TerminalSession, flight: Flight, last: ScreenReading): Promise<void> {
  const { tmux } = session.deps;
  let reading = last;
  for (let tries = 0; reading.input === 'text' && tries < CLEAR_TRIES; tries++) {
    await tmux.keys(session.ref, session.provider.clearInput.keys);
    reading = await readingAfter(session, reading.inputText);
  }
  // The last moment at which it may turn out to have been taken after all.
  if (flight.landed() || session.ended) return;
  if (session.provenByLog(flight)) return session.accept(flight);
  if (reading.input !== 'empty') return session.markStuck(reading.evidence);
  await tmux.settleCursor(session.ref, { seq: flight.seq });
  session.giveUp(flight);
}

/** The screen once its input line is another one, or after the time that this may take. */
async function readingAfter(session: TerminalSession, inputText: string): Promise<ScreenReading> {
  const until = performance.now() + CLEARED_WITHIN_MS;
  for (;;) {
    await session.stir.next(FOLLOW_MS);
    await session.screen.quiet(FOLLOW_MS);
    const reading = await session.readScreen();
    if (reading.inputText !== inputText || session.ended || performance.now() > until) return reading;
  }
}

async function waitFor(session: TerminalSession, over: () => boolean, ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (!over()) {
    const left = until - performance.now();
    if (left <= 0) return;
    await session.stir.next(left);
  }
}
