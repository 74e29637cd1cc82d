import { randomBytes } from 'node:crypto';
import type { Commander } from '../control/connection.ts';
import { octal } from '../control/quote.ts';
import { errorOf, linesOf } from '../control/reply.ts';
import type { TmuxProcess } from '../delivery/buffer.ts';
import { DEFAULT_COLS, DEFAULT_ROWS } from '../pane/birth.ts';
import { HUB, PROBE } from '../pane/names.ts';

/** One window takes about 5 ms, the first one a process; on a machine with ten times too much to do, seconds. */
const STEP_DEADLINE_MS = 8_000;

/** Ends what an earlier probe, whose process was killed, left behind. */
export const END_PROBE = [`kill-session -t =${PROBE}`, `kill-window -t =${HUB}:probe`];

/**
 * Finds out which windows have bracketed paste on, when their past output is unknown.
 *
 * tmux tells an attached terminal the mode of the window it shows. So a read-only client is attached, in a pane of the
 * hub, to a session of its own to which the windows are linked; it is shown one after the other. Its status line names
 * the window with a nonce that no pane can guess, and tmux writes the mode after the status line: what was last said
 * about the mode when the next window's mark appears is the mode of the window before.
 */
export class Probe {
  readonly #commander: Commander;
  readonly #tmux: TmuxProcess;
  #pane: string | undefined;
  #text = '';
  #on = false;
  #mark: { readonly text: string; readonly seen: (on: boolean) => void } | undefined;

  constructor(commander: Commander, tmux: TmuxProcess) {
    this.#commander = commander;
    this.#tmux = tmux;
  }

  /** Output of any pane; that of the probing client is looked at. */
  onOutput(pane: string, bytes: Buffer): void {
    if (pane !== this.#pane) return;
    this.#text += bytes.toString('latin1');
    this.#look();
  }

  /** @returns window → whether bracketed paste is on; windows that closed meanwhile are left out. */
  async run(windows: readonly string[]): Promise<Map<string, boolean>> {
    const nonce = randomBytes(6).toString('hex');
    const modes = new Map<string, boolean>();
    try {
      await this.#attach(windows, nonce);
      let before: string | undefined;
      // The session's first window, where no program speaks, is the last: its mark ends the one before.
      for (const window of [...windows, 'tmp']) {
        const target = `=${PROBE}:${window}`;
        const lines = linesOf(
          await this.#commander.run(
            `select-window -t ${target} ; display-message -p -t ${target} "#{window_id}"`,
          ),
        );
        const id = lines.find((line) => line.startsWith('@'));
        if (id === undefined) continue;
        const on = await this.#until(`${nonce}${id}.`);
        if (before !== undefined) modes.set(before, on);
        before = window;
      }
    } finally {
      this.#pane = undefined;
      this.#text = '';
      this.#on = false;
      for (const command of END_PROBE) await this.#commander.run(command).catch(() => {}); // nothing left is the aim
    }
    return modes;
  }

  async #attach(windows: readonly string[], nonce: string): Promise<void> {
    for (const command of END_PROBE) await this.#commander.run(command);
    const session = `=${PROBE}:`;
    const create = [
      `new-session -d -s ${PROBE} -x ${DEFAULT_COLS} -y ${DEFAULT_ROWS} -n tmp -- /bin/sleep 60`,
      `set-option -t ${session} status on`,
      `set-option -t ${session} status-left-length 80`,
      `set-option -t ${session} status-left "${nonce}#{window_id}."`,
    ];
    // A window that closed meanwhile is not linked, and is left out.
    const links = windows.map((window) => `link-window -d -s ${window} -t ${session}`);
    const [created = []] = await Promise.all(
      [create.join(' ; '), ...links].map((line) => this.#commander.run(line)),
    );
    const error = errorOf(created);
    if (error !== null) throw new Error(`tmux refused to create the probing session: ${error}`);
    const attach = ['-u', ...this.#tmux.args, 'attach', '-f', 'read-only,ignore-size', '-t', session];
    const argv = [
      '/usr/bin/env',
      '-u',
      'TMUX',
      '-u',
      'TMUX_PANE',
      'TERM=xterm-256color',
      this.#tmux.bin,
      ...attach,
    ];
    await this.#commander.run(
      `new-window -d -P -F "#{pane_id}" -t =${HUB}: -n probe -- ${argv.map(octal).join(' ')}`,
      {
        // Read before the pane's first output is: nothing of it is missed.
        read: (reply) => {
          this.#pane = linesOf(reply).find((line) => line.startsWith('%'));
        },
      },
    );
  }

  #until(text: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const expired = setTimeout(() => {
        this.#mark = undefined;
        reject(new Error(`the probing client did not show a window within ${STEP_DEADLINE_MS} ms`));
      }, STEP_DEADLINE_MS);
      const seen = (on: boolean) => {
        clearTimeout(expired);
        resolve(on);
      };
      this.#mark = { text, seen };
      this.#look();
    });
  }

  #look(): void {
    if (!this.#mark) return;
    const at = this.#text.indexOf(this.#mark.text);
    if (at === -1) return;
    const said = this.#text.slice(0, at).matchAll(/\u001b\[\?2004([hl])/g);
    for (const match of said) this.#on = match[1] === 'h';
    this.#text = this.#text.slice(at + this.#mark.text.length);
    const { seen } = this.#mark;
    this.#mark = undefined;
    seen(this.#on);
  }
}
