import { type RefusalReason, takesInput } from '@cao/contracts';
import type { AgentState, ScreenReading, Submit } from '@cao/providers';

/** A CLI that has not listed its tools by then will not: it is written to without them. Units: ms. */
const TOOLS_WAIT_MS = 15_000;

export interface ReadinessOf {
  readonly submit: Submit;
  agent(): AgentState;
  /** What is wrong with the disk that a delivery is recorded on. */
  disk(): RefusalReason | null;
  ended(): boolean;
  readScreen(): Promise<ScreenReading>;
  /** What tmux itself has noted: news of it may have come before anybody listened. */
  bracketedNow(): Promise<boolean>;
  /** Something about readiness changed: whoever waits looks again. */
  changed(): void;
}

/** Whether text may be typed into a pane now. Everything that decides it, in one place and in one order. */
export interface Readiness {
  /** Why not; null when it may. Signals first, then the screen. */
  whyNot(): Promise<RefusalReason | null>;
  becameReady(): void;
  /** Its MCP client knows our tools from now on. */
  toolsListed(): void;
  mode(inMode: boolean): void;
  bracketed(on: boolean): void;
  /** Text lies in the input line that can neither be submitted nor removed. */
  stuck(): void;
}

export function readiness(of: ReadinessOf, pane: { inMode: boolean; bracketed: boolean }): Readiness {
  let { inMode, bracketed } = pane;
  let stuck = false;
  // Found alive: it has been up for long.
  let readySince = of.agent().ready ? -Infinity : Infinity;
  let toolsListed = of.agent().ready || !of.submit.afterTools;

  return {
    async whyNot() {
      if (of.ended()) return 'closed';
      if (stuck) return 'input_stuck';
      const disk = of.disk();
      if (disk !== null) return disk;
      if (inMode) return 'copy_mode';
      const { status, ready, approval } = of.agent();
      const readyForMs = performance.now() - readySince;
      if (!ready || readyForMs < of.submit.afterReadyMs) return 'not_ready';
      if (!toolsListed && readyForMs < TOOLS_WAIT_MS) return 'not_ready';
      if (approval || status === 'waiting_user_answer') return 'approval_open';
      if (status === 'processing' || status === 'starting') return 'busy';
      bracketed ||= await of.bracketedNow();
      if (!bracketed) return 'no_bracketed_paste';
      const reading = await of.readScreen();
      if (reading.status === 'waiting_user_answer') return 'approval_open';
      if (reading.status === 'processing') return 'busy';
      // After an error, or with no signal to go by, only a screen that plainly waits will do.
      if (!takesInput(status) && !takesInput(reading.status)) return 'not_ready';
      if (reading.input === 'none') return 'not_ready';
      return reading.input === 'text' ? 'draft' : null;
    },
    becameReady() {
      readySince = performance.now();
      // Nothing else happens when these times are over, and a refused message waits for them.
      setTimeout(of.changed, of.submit.afterReadyMs + 1).unref();
      if (!toolsListed) setTimeout(of.changed, TOOLS_WAIT_MS + 1).unref();
    },
    toolsListed() {
      toolsListed = true;
      of.changed();
    },
    mode(now) {
      inMode = now;
      of.changed();
    },
    bracketed(on) {
      bracketed = on;
      of.changed();
    },
    stuck() {
      stuck = true;
    },
  };
}
