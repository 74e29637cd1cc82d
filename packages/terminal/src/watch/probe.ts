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

/** Of a window while its line is drawn for the nth time. No pane can guess the nonce. */
const markOf = (nonce: string, window: string, round: number): string => `${nonce}${window}r${round}.`;
const statusLeft = (nonce: string, round: number): string =>
  `set-option -t =${PROBE}: status-left "${markOf(nonce, '#{window_id}', round)}"`;

/** What the probing client was told since the mark before. */
interface Said {
  /** By then. */
  readonly on: boolean;
  readonly switchedOff: boolean;
}

/**
 * Finds out which windows have bracketed paste on, when their past output is unknown.
 *
 * tmux tells an attached terminal the mode of the window it shows. So a read-only client is attached, in a pane of the
 * hub, to a session of its own to which the windows are linked; it is shown one after the other. Its status line names
 * the window. tmux writes the mode after the status line, or before it where it puts off the drawing (its client has not
 * read all yet). So each window's line is drawn again, and the second mark comes after the mode in both cases.
 *
 * Anew and with all modes off tmux draws a client whose size or abilities it has just learned, also between two marks; what
 * is on it says after the next mark then. So where "off" was said the line is drawn once more.
 */
export class Probe {
  readonly #commander: Commander;
  readonly #tmux: TmuxProcess;
  #pane: string | undefined;
  #text = '';
  #on = false;
  #mark: { readonly text: string; readonly seen: (said: Said) => void } | undefined;

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
            `${statusLeft(nonce, 0)} ; select-window -t ${target} ; display-message -p -t ${target} "#{window_id}"`,
          ),
        );
        const id = lines.find((line) => line.startsWith('@'));
        if (id === undefined) continue;
        await this.#until(markOf(nonce, id, 0));
        let said: Said;
        let round = 0;
        do {
          round += 1;
          await this.#commander.run(statusLeft(nonce, round));
          said = await this.#until(markOf(nonce, id, round));
        } while (said.switchedOff && !said.on);
        modes.set(window, said.on);
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
      statusLeft(nonce, 0),
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

  #until(text: string): Promise<Said> {
    return new Promise((resolve, reject) => {
      const expired = setTimeout(() => {
        this.#mark = undefined;
        reject(new Error(`the probing client did not show a window within ${STEP_DEADLINE_MS} ms`));
      }, STEP_DEADLINE_MS);
      const seen = (said: Said) => {
        clearTimeout(expired);
        resolve(said);
      };
      this.#mark = { text, seen };
      this.#look();
    });
  }

  #look(): void {
    if (!this.#mark) return;
    const at = this.#text.indexOf(this.#mark.text);
    if (at === -1) return;
    const said = [...this.#text.slice(0, at).matchAll(/\u001b\[\?2004([hl])/g)].map((match) => match[1]);
    if (said.length > 0) this.#on = said.at(-1) === 'h';
    this.#text = this.#text.slice(at + this.#mark.text.length);
    const { seen } = this.#mark;
    this.#mark = undefined;
    seen({ on: this.#on, switchedOff: said.includes('l') });
  }
}
