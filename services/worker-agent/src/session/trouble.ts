import type { Failure } from '@cao/contracts';
import type { AgentState, Provider, ScreenReading } from '@cao/providers';

/** A question that stands this long before the CLI is up is one that a person must answer. Units: ms. */
const ASKS_AT_START_MS = 4_000;
/** A turn in which nothing is drawn and nothing is said for this long, and no call of ours is open. Units: ms. */
const SILENT_MS = 10 * 60_000;

/** A CLI that tries again for this long will not be back in a moment. Units: ms. */
const RETRIES_MS = 10_000;
/** A try that fails at once looks like work until it has failed. Units: ms. */
const RECOVERED_MS = 5_000;

/**
 * Trouble that no turn's end tells of: a CLI that asks something at its start, one that hangs in a turn, and one whose model
 * fails and that asks it again and again.
 */
export interface TroubleWatch {
  /** Something was drawn or said. */
  alive(): void;
  /** The CLI's state changed, and the end of a turn, if there was one, was told. */
  became(state: AgentState): void;
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
  let retrying: { isLong: boolean; readonly timer: NodeJS.Timeout } | null = null;
  let recovering: NodeJS.Timeout | undefined;
  let asking: { readonly evidence: string; readonly timer: NodeJS.Timeout } | null = null;

  const tell = (failure: Failure | null) => {
    if (told?.kind === failure?.kind) return;
    told = failure;
    of.tell(failure);
  };
  const startRetrying = () => {
    const timer = setTimeout(() => {
      if (retrying) retrying.isLong = true;
      onRetries();
    }, RETRIES_MS).unref();
    return { isLong: false, timer };
  };
  const onRetries = () => {
    const { retries } = of.agent();
    if (!retries || !retrying?.isLong) return;
    const failure = of.failure(retries);
    tell({ ...failure, message: `it tries again and again: ${failure.message}` });
  };
  const stopRetrying = () => {
    clearTimeout(retrying?.timer);
    clearTimeout(recovering);
    retrying = null;
    recovering = undefined;
  };
  const onRecovered = () => {
    stopRetrying();
    tell(null);
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
    became({ status, retries }) {
      if (status === 'waiting_user_answer' && retrying) return onRecovered();
      if (status !== 'processing') {
        // What is wrong now was told with the end of its turn.
        if (retrying) told = null;
        return stopRetrying();
      }
      if (retries) {
        clearTimeout(recovering);
        recovering = undefined;
        retrying ??= startRetrying();
        onRetries();
      } else if (retrying) recovering ??= setTimeout(onRecovered, RECOVERED_MS).unref();
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
      stopRetrying();
    },
  };
}
