import type { Failure } from '@cao/contracts';
import type { AgentState, Provider, ScreenReading } from '@cao/providers';

/** A question that stands this long before the CLI is up is one that a person must answer. Units: ms. */
const ASKS_AT_START_MS = 4_000;
/** A turn in which nothing is drawn and nothing is said for this long, and no call of ours is open. Units: ms. */
const SILENT_MS = 10 * 60_000;

/** Trouble that no turn's end tells of: a CLI that asks something at its start, and one that hangs in a turn. */
export interface TroubleWatch {
  /** Something was drawn or said. */
  alive(): void;
  looked(reading: ScreenReading): void;
  stop(): void;
}

export interface TroubleOf {
  readonly failure: Provider['failure'];
  agent(): AgentState;
  /** Tool calls of this terminal that wait for their answer. */
  openCalls(): number;
  tell(failure: Failure | null): void;
}

export function watchTrouble(of: TroubleOf): TroubleWatch {
  let told: Failure | null = null;
  let silence: NodeJS.Timeout | undefined;
  let asking: { readonly evidence: string; readonly timer: NodeJS.Timeout } | null = null;

  const tell = (failure: Failure | null) => {
    if (told?.kind === failure?.kind) return;
    told = failure;
    of.tell(failure);
  };
  const stopAsking = () => {
    clearTimeout(asking?.timer);
    asking = null;
  };
  const onSilence = () => {
    if (of.agent().status !== 'processing') return;
    if (of.openCalls() > 0) return watch();
    const minutes = Math.round(SILENT_MS / 60_000);
    tell({ kind: 'hung', message: `nothing was drawn or said for ${minutes} minutes`, resets_at: null });
  };
  const watch = () => {
    clearTimeout(silence);
    if (of.agent().status === 'processing') silence = setTimeout(onSilence, SILENT_MS).unref();
  };

  return {
    alive() {
      watch();
      if (told?.kind === 'hung') tell(null);
    },
    looked({ status, evidence }) {
      if (of.agent().ready) {
        stopAsking();
        // The question was answered, in whatever way.
        if (told?.kind === 'trust_needed' || told?.kind === 'not_logged_in') tell(null);
        return;
      }
      if (status !== 'waiting_user_answer') return stopAsking();
      if (asking?.evidence === evidence) return;
      stopAsking();
      const timer = setTimeout(() => {
        const found = of.failure(evidence);
        tell({ ...found, kind: found.kind === 'not_logged_in' ? found.kind : 'trust_needed' });
      }, ASKS_AT_START_MS).unref();
      asking = { evidence, timer };
    },
    stop() {
      clearTimeout(silence);
      stopAsking();
    },
  };
}
