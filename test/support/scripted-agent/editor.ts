/** The text of the input box. A paste of more than three lines is shown collapsed, as the real ones do. */
export interface Editor {
  readonly text: string;
  /** What the box shows; lines separated by LF. */
  readonly shown: string;
  type(text: string): void;
  paste(text: string): void;
  backspace(): void;
  clear(): void;
}

const LINES_BEFORE_COLLAPSE = 3;

export function makeEditor(): Editor {
  let parts: { text: string; shown: string; collapsed: boolean }[] = [];
  let pastes = 0;
  return {
    get text() {
      return parts.map((part) => part.text).join('');
    },
    get shown() {
      return parts.map((part) => part.shown).join('');
    },
    type: (text) => void parts.push({ text, shown: text, collapsed: false }),
    paste(text) {
      const breaks = text.split('\n').length - 1;
      const collapsed = breaks + 1 > LINES_BEFORE_COLLAPSE;
      if (collapsed) pastes += 1;
      parts.push({ text, shown: collapsed ? `[Pasted text #${pastes} +${breaks} lines]` : text, collapsed });
    },
    backspace() {
      const last = parts.pop();
      if (!last || last.collapsed || last.text.length <= 1) return;
      const text = [...last.text].slice(0, -1).join('');
      parts.push({ text, shown: text, collapsed: false });
    },
    clear() {
      parts = [];
    },
  };
}
