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

const statusLeft = (nonce: string, round: 'a' | 'b'): string =>
  `set-option -t =${PROBE}: status-left "${nonce}#{window_id}${round}."`;

/**
 * Finds out which windows have bracketed paste on, when their past output is unknown.
 *
 * tmux tells an attached terminal the mode of the window it shows. So a read-only client is attached, in a pane of the
 * hub, to a session of its own to which the windows are linked; it is shown one after the other. Its status line names
 * the window with a nonce that no pane can guess. tmux writes the mode after the status line, or before it where it puts
 * off the drawing (its client has not read all yet). So each window's line is drawn twice, and the second mark comes
 * after the mode in both cases: what was last said then is the mode of this window.
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
      for (const window of windows) {
        const target = `=${PROBE}:${window}`;
        const lines = linesOf(
          await this.#commander.run(
            `${statusLeft(nonce, 'a')} ; select-window -t ${target} ; display-message -p -t ${target} "#{window_id}"`,
          ),
        );
        const id = lines.find((line) => line.startsWith('@'));
        if (id === undefined) continue;
        await this.#until(`${nonce}${id}a.`);
        await this.#commander.run(statusLeft(nonce, 'b'));
        modes.set(window, await this.#until(`${nonce}${id}b.`));
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
      statusLeft(nonce, 'a'),
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
