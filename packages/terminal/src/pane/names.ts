import { CaoError } from '@cao/contracts';
import type { PaneRef } from '../terminal-server.ts';

/** The hidden session to which every window is linked: a control client hears only its own session. */
export const HUB = '_hub';
/** The hidden session in which paste modes are found out. */
export const PROBE = '_probe';
export const isHidden = (session: string): boolean => session === HUB || session === PROBE;

export const windowName = (id: string, epoch: number): string => `w-${id}-${epoch}`;
export const bufferName = (id: string, epoch: number, seq: number): string => `cao-${id}-${epoch}-${seq}`;
/** Holds one CR. */
export const CR_BUFFER = 'cao-cr';

const bad = (field: string, value: unknown, allowed: string): CaoError =>
  new CaoError('bad_request', `${field} ${JSON.stringify(value)} is not usable: ${allowed}`, {
    field,
    allowed,
  });

export function assertCursor(field: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw bad(field, value, 'a whole number, 0 or more');
}

export function assertIdentity(id: string, epoch: number): void {
  if (!/^[a-z0-9]{1,32}$/.test(id)) throw bad('id', id, 'lower-case letters and digits, at most 32');
  assertCursor('epoch', epoch);
}

/** tmux turns `.` and `:` of a name into `_`, and the names of hidden sessions are ours. */
export function assertSession(session: string): void {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_-]{0,67}$/.test(session) || isHidden(session)) {
    throw bad(
      'session',
      session,
      `letters, digits, _ and -, not beginning with -, and neither ${HUB} nor ${PROBE}`,
    );
  }
}

export function assertSize(cols: number, rows: number): void {
  for (const [field, value] of Object.entries({ cols, rows })) {
    if (!Number.isInteger(value) || value < 2 || value > 1000)
      throw bad(field, value, 'a whole number from 2 to 1000');
  }
}

/** Every field of a ref goes into command lines. */
export function assertRef(pane: PaneRef): void {
  assertIdentity(pane.id, pane.epoch);
  if (!/^%\d+$/.test(pane.pane)) throw bad('pane', pane.pane, '% and digits');
  if (!/^@\d+$/.test(pane.window)) throw bad('window', pane.window, '@ and digits');
}
