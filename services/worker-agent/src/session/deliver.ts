import type { CommandResult, LinkCommand, RefusalReason } from '@cao/contracts';
import type { Refusal } from '@cao/terminal';
import { prove } from './proof.ts';
import type { TerminalSession } from './session.ts';
import { logSize } from './session-log.ts';

type Deliver = Extract<LinkCommand, { do: 'deliver' }>;

const REASONS = {
  wrong_epoch: 'closed',
  cursor_ahead: 'cursor',
  cursor_behind: 'cursor',
  unsent: 'in_flight',
  dead: 'closed',
  copy_mode: 'copy_mode',
  input_off: 'input_off',
  no_bracketed_paste: 'no_bracketed_paste',
  no_pane: 'closed',
} as const satisfies Record<Refusal, RefusalReason>;

/**
 * Pastes one message and begins to prove it. Idempotent by the pane's own cursor: a message that lies in the pane
 * already is not pasted again, only its proof is (re)started.
 */
export async function deliver(session: TerminalSession, command: Deliver): Promise<CommandResult<'deliver'>> {
  const { tmux } = session.deps;
  if (session.flight)
    return session.flight.seq === command.seq ? { outcome: 'pasted' } : refuse(session, 'in_flight', null);
  const pane = await session.pane();
  if (!pane || pane.dead) return refuse(session, 'closed', null);
  const text = session.provider.submit.escape(command.text);
  const cursor = { seq: pane.seq, sent: pane.sent };

  if (pane.seq === command.seq) {
    const { inFlight, provenSeq } = session.record;
    if (provenSeq >= command.seq) session.tellAgain(command.seq);
    else
      fly(session, {
        seq: command.seq,
        text,
        logOffset: inFlight?.seq === command.seq ? inFlight.logOffset : 0,
      });
    return { outcome: 'pasted' };
  }
  if (pane.seq !== command.prev) return refuse(session, 'cursor', cursor);
  const reason = await session.readiness.whyNot();
  if (reason !== null) return refuse(session, reason, cursor);
  // The api has settled the one before, and the input line is empty: whoever submitted it, it is submitted.
  if (pane.sent !== pane.seq) await tmux.settleCursor(session.ref, { seq: pane.seq });

  const flight = { seq: command.seq, text, logOffset: logSize(session.record.logPath) };
  session.startFlight(flight);
  // A later life of this process could not tell what lies in the pane, and what was there before: then nothing is pasted.
  if (!session.isRecorded) {
    session.flight = null;
    return refuse(session, session.deps.disk.trouble()?.condition ?? 'disk_failing', cursor);
  }
  const pasted = await tmux
    .deliver(session.ref, { prev: command.prev, seq: command.seq, text })
    .catch((error) => {
      session.flight = null; // whether it happened is in the pane's cursor; the next try reads it
      throw error;
    });
  if (!pasted.ok) {
    session.flight = null;
    return refuse(
      session,
      REASONS[pasted.reason],
      pasted.state && { seq: pasted.state.seq, sent: pasted.state.sent },
    );
  }
  void prove(session, session.flight!);
  return { outcome: 'pasted' };
}

function fly(session: TerminalSession, flight: { seq: number; text: string; logOffset: number }): void {
  void prove(session, session.startFlight(flight));
}

function refuse(
  session: TerminalSession,
  reason: RefusalReason,
  cursor: { seq: number; sent: number } | null,
): CommandResult<'deliver'> {
  session.refused(reason);
  return { outcome: 'refused', reason, cursor };
}
