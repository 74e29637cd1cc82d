import type { Screen, ScreenRow, ScreenRun } from '@cao/contracts';

type Look = Omit<ScreenRun, 'text'>;
const plain: Look = { dim: false, bold: false, inverse: false, fg: null, bg: null };

/** What `tmux capture-pane -p -e` printed, as a screen. The cursor is not in it: it is put at 0,0. */
export function screenOf(captured: string, title = '', cols = 120): Screen {
  let look = plain;
  const rows: ScreenRow[] = captured
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => {
      const runs: ScreenRun[] = [];
      for (const part of line.split(
        /(\x1b\[[0-9;:]*m|\x1b[()][0-9A-Za-z]|\x1b\]8;[^\x1b\x07]*(?:\x1b\\|\x07))/,
      )) {
        const sgr = /^\x1b\[([0-9;:]*)m$/.exec(part)?.[1];
        if (sgr !== undefined) look = applySgr(look, sgr);
        else if (part !== '' && part[0] !== '\x1b') runs.push({ text: part, ...look });
      }
      return {
        text: runs
          .map((run) => run.text)
          .join('')
          .trimEnd(),
        runs,
      };
    });
  return { cols, rows, cursor: { x: 0, y: 0 }, alternate: false, title };
}

function applySgr(look: Look, parameters: string): Look {
  const codes = (parameters || '0').split(/[;:]/);
  let now = look;
  for (let at = 0; at < codes.length; at += 1) {
    const code = Number(codes[at] || 0);
    if (code === 38 || code === 48) {
      const size = codes[at + 1] === '5' ? 3 : 5;
      const colour = codes.slice(at, at + size).join(';');
      now = code === 38 ? { ...now, fg: colour } : { ...now, bg: colour };
      at += size - 1;
    } else now = oneCode(now, code);
  }
  return now;
}

function oneCode(look: Look, code: number): Look {
  if (code === 0) return plain;
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 7) return { ...look, inverse: true };
  if (code === 22) return { ...look, bold: false, dim: false };
  if (code === 27) return { ...look, inverse: false };
  if (code === 39) return { ...look, fg: null };
  if (code === 49) return { ...look, bg: null };
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) return { ...look, fg: String(code) };
  if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) return { ...look, bg: String(code) };
  return look;
}
