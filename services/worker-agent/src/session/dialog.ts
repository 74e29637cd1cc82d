import { createHash } from 'node:crypto';
import type { Screen } from '@cao/contracts';
import type { Approval, ScreenReading } from '@cao/providers';
import type { ShownDialog } from './approvals.ts';

/** What stands above the deciding line of a dialog says what it is about. Units: rows. */
const ROWS_ABOVE = 14;
/** A word shorter than this may stand anywhere. Units: characters. */
const TELLING_CHARS = 3;
/** Longer texts are wrapped and cut by the CLIs. Units: characters. */
const HEAD_CHARS = 24;

const wordsOf = (text: string): string => (text.match(/[\p{L}\p{N}]+/gu) ?? []).join(' ');

function textOf(screen: Screen, { evidence }: ScreenReading): string {
  const rows = screen.rows.map((row) => row.text).filter((text) => text.trim() !== '');
  const at = rows.findLastIndex((text) => evidence !== '' && text.includes(evidence));
  return rows.slice(at < 0 ? 0 : Math.max(0, at - ROWS_ABOVE)).join('\n');
}

/**
 * What a dialog says, as one value to compare: the same dialog after a restart, another one in its place. The mark of the
 * chosen line, frames and spinners do not count. Null when the screen shows no dialog.
 */
export function dialogOf(screen: Screen, reading: ScreenReading): string | null {
  if (reading.status !== 'waiting_user_answer') return null;
  return createHash('sha256')
    .update(wordsOf(textOf(screen, reading)))
    .digest('hex');
}

/** Whether more than half of what the tool would be given is seen in the dialog. */
export function showsApproval(screen: Screen, reading: ScreenReading, { input }: Approval): boolean {
  const seen = wordsOf(textOf(screen, reading)).replaceAll(' ', '');
  const told = leavesOf(input)
    .map(headOf)
    .filter((head) => head.length >= TELLING_CHARS);
  return told.length > 0 && told.filter((head) => seen.includes(head)).length * 2 > told.length;
}

export const shownOn = (screen: Screen, reading: ScreenReading): ShownDialog => ({
  dialog: dialogOf(screen, reading),
  shows: (approval) => showsApproval(screen, reading, approval),
});

/** Paths are shown relative to the folder, or by their name. */
function headOf(text: string): string {
  const shown = text.startsWith('/') ? (text.split('/').at(-1) ?? '') : text;
  return wordsOf(shown.trim().split('\n')[0] ?? '')
    .replaceAll(' ', '')
    .slice(0, HEAD_CHARS);
}

function leavesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(leavesOf);
}
