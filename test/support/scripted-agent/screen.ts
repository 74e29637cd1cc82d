/** What the lower block of the screen shows. */
export interface Block {
  readonly input: string;
  readonly busy: boolean;
  readonly queued: number;
  readonly dialog: Dialog | null;
}

export interface Dialog {
  readonly title: string;
  readonly detail: string;
}

export interface ScreenWriter {
  /** Prints lines above the block; they scroll away as output does. */
  print(text: string): void;
  draw(block: Block): void;
  leave(): void;
}

const MAX_INPUT_ROWS = 8;
const FALLBACK_COLS = 80;
const dim = (text: string) => `\x1b[2m${text}\x1b[22m`;

export function makeScreen(out: NodeJS.WriteStream): ScreenWriter {
  let rows = 0;
  let block: Block = { input: '', busy: false, queued: 0, dialog: null };
  const cols = () => Math.max(20, out.columns || FALLBACK_COLS);
  // A terminal is written synchronously by Node: the screen is never behind what the signals say.
  const write = (text: string) => void out.write(text);
  /** Back to the first row of the block, everything below erased. */
  const erase = () => (rows > 1 ? `\x1b[${rows - 1}A` : '') + (rows > 0 ? '\r\x1b[J' : '');

  const show = () => {
    const lines = blockLines(block, cols());
    rows = lines.length;
    return lines.join('\r\n');
  };
  return {
    print(text) {
      const body = text.replaceAll('\n', '\r\n');
      write(`\x1b[?2026h${erase()}${body}\r\n${show()}\x1b[?2026l`);
    },
    draw(next) {
      block = next;
      write(`\x1b[?2026h${erase()}${show()}\x1b[?2026l`);
    },
    leave() {
      write('\x1b[?2004l\r\n');
    },
  };
}

function blockLines(block: Block, cols: number): readonly string[] {
  const rule = dim('─'.repeat(cols - 1));
  if (block.dialog) {
    return [
      rule,
      ` ${clip(block.dialog.title, cols)}`,
      '',
      `   ${clip(block.dialog.detail, cols)}`,
      '',
      ' Do you want to proceed?',
      ' ❯ 1. Yes',
      '   2. No',
      '',
      ' Esc to cancel',
    ];
  }
  const shown =
    block.input === '' ? [dim('Type a prompt')] : wrap(block.input, cols - 4).slice(-MAX_INPUT_ROWS);
  const input = shown.map((line, n) => (n === 0 ? `❯ ${line}` : `  ${line}`));
  const notes = block.queued > 0 ? [dim(`  ${block.queued} queued`)] : [];
  return [
    '',
    ...notes,
    rule,
    ...input,
    rule,
    block.busy ? '  working · esc to interrupt' : '  scripted agent, no AI',
  ];
}

const clip = (text: string, cols: number) => (text.split('\n')[0] ?? '').slice(0, cols - 6);

/** Hard breaks after `width` cells. */
function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    const pieces = [''];
    let used = 0;
    for (const char of line) {
      const cells = WIDE.test(char) ? 2 : 1;
      if (used + cells > width) {
        pieces.push('');
        used = 0;
      }
      pieces[pieces.length - 1] += char;
      used += cells;
    }
    return pieces;
  });
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u;
