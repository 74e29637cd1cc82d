/** The terminals of one host. The only workspace that knows tmux. */
export { OutcomeUnknownError } from './control/errors.ts';
export { openTmux, type TmuxOptions } from './open-tmux.ts';
export { keyNames } from './pane/keys.ts';
export type { Socket } from './socket.ts';
export type {
  Birth,
  Guarded,
  GuardState,
  PaneRef,
  PaneState,
  Refusal,
  Snapshot,
  TerminalEvents,
  TerminalServer,
} from './terminal-server.ts';
