import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { ScreenSink } from '../../lib/screen-feed.ts';

import { silenceReplies } from './silence-replies.ts';
import { screenTheme } from './theme.ts';
import { withSheets } from './with-sheets.ts';

/** The text grows and shrinks with the frame between these; below the first the frame scrolls. Units: px. */
const FONT = { smallest: 7, largest: 15, first: 14 };

export interface Emulator extends ScreenSink {
  /** Whether keys are taken. Without control even Tab and the arrows stay the page's. */
  control(on: boolean): void;
  close(): void;
}

interface Handlers {
  onKeys(keys: Uint8Array): void;
  /** Ctrl+]: the way out for those without a mouse. */
  onRelease(): void;
}

/** A view of a pane that always has the pane's own size: the frame scales the letters, never the pane. */
export function openEmulator(frame: HTMLElement, handlers: Handlers): Emulator {
  let controlled = false;
  const term = new Terminal({
    fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
    fontSize: FONT.first,
    // With less, rows of some sizes cut off what lies lowest: an underscore looks like a blank.
    lineHeight: 1.1,
    scrollback: 2000,
    disableStdin: true,
    cursorInactiveStyle: 'outline',
    minimumContrastRatio: 4.5,
    theme: screenTheme,
  });
  silenceReplies(term.parser);
  term.attachCustomKeyEventHandler((event) => {
    if (controlled && event.type === 'keydown' && event.ctrlKey && event.key === ']') {
      event.preventDefault();
      handlers.onRelease();
      return false;
    }
    return controlled;
  });
  term.onData((text) => controlled && handlers.onKeys(new TextEncoder().encode(text)));
  term.onBinary((text) => controlled && handlers.onKeys(Uint8Array.from(text, (char) => char.charCodeAt(0))));
  withSheets(() => term.open(frame));

  const fit = () => {
    const screen = frame.querySelector<HTMLElement>('.xterm-screen');
    if (!screen || screen.offsetWidth === 0 || frame.clientWidth === 0) return;
    const size = term.options.fontSize ?? FONT.first;
    const style = getComputedStyle(frame);
    const room =
      frame.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
    const wanted = (room / screen.offsetWidth) * size;
    const fitted = Math.min(FONT.largest, Math.max(FONT.smallest, Math.floor(wanted * 10) / 10));
    if (fitted !== size) term.options.fontSize = fitted;
  };
  const observer = new ResizeObserver(fit);
  observer.observe(frame);

  return {
    reset(cols, rows) {
      term.reset();
      term.resize(cols, rows);
      fit();
    },
    write: (bytes) => term.write(bytes),
    control(on) {
      controlled = on;
      term.options.disableStdin = !on;
      term.options.cursorBlink = on;
      // Not a stop of the Tab key while it takes nothing.
      if (term.textarea) term.textarea.tabIndex = on ? 0 : -1;
      if (on) term.focus();
      else term.blur();
    },
    close() {
      observer.disconnect();
      term.dispose();
    },
  };
}
