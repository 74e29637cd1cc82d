import { isInTurn } from '@cao/contracts';
import type { PaneState } from '@cao/terminal';
import { shownOn } from './dialog.ts';
import { prove } from './proof.ts';
import type { TerminalSession } from './session.ts';
import { tailLines } from './session-log.ts';

/**
 * After the worker-agent was away: hooks of that time are lost. The log since then was heard already; where it leaves
 * the status open, the screen and the end of the log decide, and a turn that ended unheard is told now.
 */
export async function catchUp(session: TerminalSession, pane: PaneState): Promise<void> {
  const { inFlight } = session.record;
  if (inFlight && pane.seq === inFlight.seq) void prove(session, session.startFlight(inFlight));

  const { provider } = session;
  const logTail = tailLines(session.record.logPath);
  const before = session.agent;
  const screen = await session.deps.tmux.screen(session.ref);
  // Written before it was drawn: what led to this screen is heard first.
  session.sources.look();
  const found = provider.reconcile({ screen, logTail });
  const { agent } = session; // what was heard while the screen was read counts
  const reading = provider.readScreen(screen);
  const approval = session.approvals.recall(found.approval, shownOn(screen, reading));
  const settled = agent.ready && !isInTurn(agent.status) && agent.status !== 'unknown';
  // Settled by what was heard, and the screen shows no turn that began meanwhile: or it is older than that word.
  if (settled && (!isInTurn(found.status) || agent !== before)) return;
  const memo = agent.memo ? { memo: agent.memo } : {};
  const state = { ...found, ...memo, approval };
  if (!isInTurn(agent.status) || isInTurn(found.status) || found.status === 'unknown')
    return session.become(state, []);
  const answer = provider.log?.lastAnswer(logTail) ?? null;
  const error = answer === null ? 'its turn ended while the worker-agent was away, and left no answer' : null;
  session.become(state, [{ kind: 'turn_ended', answer, background: false, error }]);
}
