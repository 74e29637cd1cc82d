import { makeEditor } from './editor.ts';
import type { Input } from './keys.ts';
import type { Malice } from './malice.ts';

export interface InputBox {
  readonly shown: string;
  input(event: Input): void;
}

export interface InputBoxEvents {
  submit(text: string): void;
  /** A line that begins with `/`. */
  command(text: string): void;
  /** True when there was a turn to interrupt. */
  interrupt(): boolean;
  leave(): void;
}

/** The person's side: keys and pastes become a text, Enter hands it over. */
export function makeInputBox(malice: Malice, events: InputBoxEvents): InputBox {
  const editor = makeEditor();
  let swallow: number | null = null;

  const submit = () => {
    const text = editor.text;
    if (text.trim() === '') return;
    // One decision per text, however often Enter is pressed.
    swallow ??= malice.strikes('swallow_enter') ? malice.between('swallow_enter', 1, 2) : 0;
    if (swallow > 0) {
      swallow -= 1;
      return;
    }
    swallow = null;
    editor.clear();
    if (text.startsWith('/')) events.command(text.trim());
    else events.submit(text);
  };

  const keys: Readonly<Record<string, () => void>> = {
    enter: submit,
    'ctrl-j': () => editor.type('\n'),
    backspace: () => editor.backspace(),
    'ctrl-u': () => editor.clear(),
    escape: () => void events.interrupt(),
    'ctrl-c': () => void (events.interrupt() || editor.clear()),
    'ctrl-d': () => void (editor.text === '' && events.leave()),
  };

  return {
    get shown() {
      return editor.shown;
    },
    input(event) {
      if (event.kind === 'text') editor.type(event.text);
      else if (event.kind === 'key') keys[event.key]?.();
      else if (!malice.strikes('drop_paste')) editor.paste(event.text);
    },
  };
}
