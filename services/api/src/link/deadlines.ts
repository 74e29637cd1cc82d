/** Units: ms. Each lies under its bell's deadline, so that the handler ends before its lock is given up. */
export const DEADLINE_MS = {
  start: 45_000,
  deliver: 15_000,
  close: 15_000,
  answer: 12_000,
  report: 15_000,
  keys: 5_000,
  capture: 10_000,
  transcript: 10_000,
  /** A client waits 40 s; what a host does for longer goes on without an answer. */
  workspaces: 30_000,
  upgrade: 10_000,
  checkpoint: 40_000,
  checkpointPart: 10_000,
} as const;
