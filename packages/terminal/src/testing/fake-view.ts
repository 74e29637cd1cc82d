import type { FakePane } from './fake-pane.ts';

/** All but SGR. */
// biome-ignore format: one alternative after the other
const NOT_SGR = /\u001b\][^\u0007]*\u0007|\u001b\[[\d;:?<=>]*[ -/]*[@-ln-~]|\u001b[^[\]]|\r(?=\n)/g;

/** The lines that a pane shows, SGR included. Cursor movements are not followed: a fake's program writes line by line. */
export function shownLines(pane: FakePane, history = 0): string[] {
  const all = pane.text.replace(NOT_SGR, '').split('\n');
  const scrolled = Math.max(0, all.length - pane.rows);
  const shown = all.slice(Math.max(0, scrolled - history));
  while (shown.length < pane.rows) shown.push('');
  return shown;
}

/** Wide characters count as two cells. */
export function cursorOf(pane: FakePane): { x: number; y: number } {
  const lines = pane.text.replace(NOT_SGR, '').split('\n');
  const last = (lines.at(-1) ?? '').replace(/\u001b\[[\d;:]*m/g, '');
  const cells = [...last].reduce(
    (sum, letter) => sum + (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3]/.test(letter) ? 2 : 1),
    0,
  );
  return { x: Math.min(cells, pane.cols - 1), y: Math.min(lines.length, pane.rows) - 1 };
}
