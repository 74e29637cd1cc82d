import type { GuardState, PaneRef, Refusal } from '../terminal-server.ts';

/**
 * Names why a guard refused, the most lasting reason first: who it is, where its cursor is, then what may pass.
 * `cursor_ahead` also means "submitted already": the pane's state tells which.
 */
export function refusalOf(
  pane: PaneRef,
  expected: { readonly seq: number; readonly sent: number },
  state: GuardState | null,
): Refusal {
  if (state === null) return 'no_pane';
  if (state.id !== pane.id || state.epoch !== pane.epoch) return 'wrong_epoch';
  if (state.seq > expected.seq || (state.seq === expected.seq && state.sent > expected.sent))
    return 'cursor_ahead';
  if (state.seq < expected.seq) return 'cursor_behind';
  if (state.dead) return 'dead';
  if (state.sent < expected.sent) return 'unsent';
  if (state.inMode) return 'copy_mode';
  if (state.inputOff) return 'input_off';
  return 'no_bracketed_paste';
}
