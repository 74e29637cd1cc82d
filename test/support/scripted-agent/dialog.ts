import { setTimeout as pause } from 'node:timers/promises';
import type { HookPoster } from './hooks.ts';
import type { Input } from './keys.ts';
import type { Dialog } from './screen.ts';

/** Keys act at once, as in the real dialogs; Enter takes what is marked: Yes. */
const answers: Readonly<Record<string, boolean>> = {
  '1': true,
  y: true,
  enter: true,
  '2': false,
  n: false,
  escape: false,
  'ctrl-c': false,
};

/** A dialog that nobody expected ignores keys for so long: what was already under way cannot be blamed on the sender. */
const SURPRISE_GRACE_MS = 250;

export interface Dialogs {
  readonly view: Dialog | null;
  /** Whatever reaches a dialog is written down: text and pastes should never have come. */
  input(event: Input): void;
  /** A permission dialog, answered by a key or by the reply of its hook; `signal` is a no. */
  permission(
    turn: number,
    tool: string,
    input: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** A dialog out of nowhere: announced first, closed by a key or by itself after `ms`, and it leads to nothing. */
  surprise(turn: number, ms: number): Promise<void>;
}

export interface DialogHost {
  readonly hooks: HookPoster;
  draw(): void;
  log(entry: Readonly<Record<string, unknown>>): void;
  record(entry: Readonly<Record<string, unknown>>): void;
}

interface Open {
  readonly view: Dialog;
  readonly deafUntil: number;
  settle(allow: boolean): void;
}

export function makeDialogs(host: DialogHost): Dialogs {
  let open: Open | null = null;
  let count = 0;

  async function show(
    turn: number,
    dialog: number,
    view: Dialog,
    deafMs: number,
    wire: (settle: Open['settle']) => void,
  ) {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    open = { view, deafUntil: performance.now() + deafMs, settle: resolve };
    host.draw();
    wire(resolve);
    const allowed = await promise;
    open = null;
    host.log({ type: 'dialog_closed', turn, dialog, allowed });
    host.draw();
    return allowed;
  }

  return {
    get view() {
      return open?.view ?? null;
    },
    input(event) {
      if (!open) return;
      const text = event.kind === 'key' ? event.key : event.text;
      if (event.kind === 'paste') return host.record({ misplaced: 'dialog', text });
      const early = performance.now() < open.deafUntil;
      host.record(early ? { early_dialog_key: text } : { dialog_key: text });
      const answer = answers[text];
      if (!early && answer !== undefined) open.settle(answer);
    },
    async permission(turn, tool, input, signal) {
      const over = new AbortController();
      count += 1;
      const dialog = count;
      host.log({ type: 'dialog', turn, dialog, tool, input });
      const view = { title: `${tool} command`, detail: String(input.command ?? '') };
      const allowed = await show(turn, dialog, view, 0, (settle) => {
        signal.addEventListener('abort', () => settle(false), { once: true });
        const fields = { turn, dialog, tool_name: tool, tool_input: input, answerable: true };
        const asked = host.hooks.ask(fields, over.signal);
        void asked.then((decision) => decision && settle(decision === 'allow'));
      });
      over.abort();
      return allowed;
    },
    async surprise(turn, ms) {
      count += 1;
      const dialog = count;
      host.log({ type: 'dialog', turn, dialog, tool: 'Update', input: {} });
      await host.hooks.post('PermissionRequest', { turn, dialog, tool_name: 'Update', tool_input: {} });
      const view = { title: 'A newer version is available', detail: 'install it now' };
      await show(turn, dialog, view, SURPRISE_GRACE_MS, (settle) => void pause(ms).then(() => settle(false)));
      await host.hooks.post('PostToolUse', {
        turn,
        dialog,
        tool_name: 'Update',
        tool_input: {},
        closed: true,
      });
    },
  };
}
