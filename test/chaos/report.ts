import { percentile } from '../bench/figure.ts';
import type { ChaosOptions, ChaosResult } from './run.ts';
import { isClean } from './run.ts';

/** The result as `--json` prints it. Counts; `…_ms` in ms. */
export function report(options: ChaosOptions, result: ChaosResult) {
  const { judgement: of, recoveryMs } = result;
  return {
    ok: isClean(result),
    seed: options.seed,
    hosts: options.hosts,
    terminals_per_host: options.terminals,
    malice: options.malice,
    network: result.network,
    without: result.without,
    sent: of.sent,
    accepted: of.accepted,
    dead: of.dead,
    open: of.open,
    lost: of.lost.length,
    doubled: of.doubled.length,
    reordered: of.reordered.length,
    garbled: of.garbled.length,
    dead_but_taken: of.deadButTaken.length,
    senders_not_told: of.untold.length,
    dialogs_answered: of.dialogsAnswered.length,
    handoffs: of.handoffs,
    assigns: of.assigns,
    wrong_results: of.wrongResults.length,
    second_workers: of.secondWorkers.length,
    two_programs: of.twoPrograms.length,
    open_tasks: of.openTasks.length,
    not_recovered: result.unrecovered.length,
    crashes: result.crashes.length,
    recovery_ms: { p50: percentile(recoveryMs, 50), p99: percentile(recoveryMs, 99) },
    settle_ms: result.settleMs,
    faults: result.faults,
    seconds: result.seconds,
    evidence: result.evidence,
  };
}
