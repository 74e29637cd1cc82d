import type { Logger } from '@cao/runtime';
import type { Commander } from '../control/connection.ts';
import { linesOf } from '../control/reply.ts';
import type { Events } from '../events.ts';
import { onPane } from '../pane/guard.ts';
import { intOrNull, LIST_PANES, type ListedPane, readPanes } from '../pane/list.ts';
import type { GuardState, PaneRef, TerminalEvents } from '../terminal-server.ts';
import { PasteOption } from './paste-option.ts';
import type { Streams } from './streams.ts';

type Live = Pick<ListedPane, 'dead' | 'deadStatus' | 'deadSignal' | 'inMode' | 'inputOff' | 'title'>;
type GoneReason = TerminalEvents['gone'][0]['reason'];

interface Known {
  readonly ref: PaneRef;
  readonly paste: PasteOption;
  live: Live;
  deathTold: boolean;
  /** Runs while the pane is dead without a status. */
  statusTimer?: NodeJS.Timeout;
  statusOverdue?: boolean;
}

/** A child that closed its terminal and lives on has no status yet; its death is told without one after this long. */
const STATUS_GRACE_MS = 1_000;
const LAST_SCREEN_HISTORY = 200;
const NEWBORN: Live = {
  dead: false,
  deadStatus: null,
  deadSignal: null,
  inMode: false,
  inputOff: false,
  title: '',
};

/** A subscription of tmux's: told within 1 s of a change, and only then. The title is last, it may have any character. */
export const PANE_SUBSCRIPTION =
  "refresh-client -B 'cao-pane:%*:#{@cao_id}/#{@cao_epoch}/#{pane_dead}/#{pane_dead_status}/#{pane_dead_signal}/#{pane_in_mode}/#{pane_input_off}/#{pane_title}'";

/** Knows the panes of ours and tells what becomes of them. No timers but one for a death without a status. */
export class PaneWatch {
  readonly #known = new Map<string, Known>();
  readonly #commander: Commander;
  readonly #events: Events;
  readonly #streams: Streams;
  readonly #collectStatus: () => void;
  readonly #log: Logger;
  #refreshing = false;
  #again = false;

  /** @param collectStatus makes tmux collect the exit statuses of its children. */
  constructor(
    commander: Commander,
    events: Events,
    streams: Streams,
    collectStatus: () => void,
    log: Logger,
  ) {
    this.#collectStatus = collectStatus;
    this.#commander = commander;
    this.#events = events;
    this.#streams = streams;
    this.#log = log;
  }

  /** @param live what is true of it already, and is no event. */
  register(ref: PaneRef, live: Live = NEWBORN): void {
    const known = this.#known.get(ref.pane);
    if (known) {
      this.#apply(known, live);
      return;
    }
    const paste = new PasteOption(ref, this.#commander, this.#events, this.#log);
    this.#known.set(ref.pane, { ref, paste, live, deathTold: live.dead });
    const { pasteMode } = this.#streams.of(ref.pane);
    if (pasteMode.heard) paste.set(pasteMode.on);
  }

  /** The program of `pane` switched bracketed paste. */
  pasteModeChanged(pane: string, on: boolean): void {
    this.#known.get(pane)?.paste.set(on);
  }

  /** A probe's finding; what the program itself said since is newer. */
  probed(window: string, on: boolean): void {
    const known = this.#byWindow(window);
    if (!known) return;
    const { pasteMode } = this.#streams.of(known.ref.pane);
    if (pasteMode.heard) return;
    pasteMode.assume(on);
    known.paste.set(on);
  }

  windowOf(pane: string): string | undefined {
    return this.#known.get(pane)?.ref.window;
  }

  /** The value of `PANE_SUBSCRIPTION` for one pane. */
  subscriptionChanged(pane: string, value: string): void {
    const known = this.#known.get(pane);
    const [, , dead, status, signal, mode, inputOff, ...title] = value.split('/');
    if (!known || !mode) return;
    this.#apply(known, {
      dead: dead === '1',
      deadStatus: intOrNull(status),
      deadSignal: intOrNull(signal),
      inMode: mode !== '0',
      inputOff: inputOff === '1',
      title: title.join('/'),
    });
  }

  /** A guard saw this. What changed unseen before it, and what changes after it, become events. */
  seen(pane: string, { id, epoch, inMode, inputOff }: GuardState): void {
    const known = this.#known.get(pane);
    if (!known || known.ref.id !== id || known.ref.epoch !== epoch || !(inMode || inputOff)) return;
    this.#apply(known, { ...known.live, inMode, inputOff });
    this.refresh();
  }

  /** Looks at all panes once; asked for again meanwhile, once more. */
  refresh(): void {
    this.#again = true;
    if (!this.#refreshing) void this.#refresh();
  }

  /** Every pane known before that `panes` does not have is gone. */
  reconcile(panes: readonly ListedPane[]): void {
    const listed = new Set(panes.map((pane) => pane.pane));
    for (const pane of [...this.#known.keys()]) if (!listed.has(pane)) this.#gone(pane, 'window_closed');
  }

  serverExited(): void {
    this.#events.emit('server_exit');
    for (const pane of [...this.#known.keys()]) this.#gone(pane, 'server_exit');
  }

  stop(): void {
    for (const known of this.#known.values()) clearTimeout(known.statusTimer);
    this.#known.clear();
  }

  async #refresh(): Promise<void> {
    this.#refreshing = true;
    try {
      while (this.#again) {
        this.#again = false;
        await this.#commander.run(LIST_PANES, { read: (reply) => this.#look(readPanes(reply)) });
      }
    } catch (err) {
      this.#log.debug({ err }, 'the panes were not looked at; the next connection does it');
    } finally {
      this.#refreshing = false;
    }
  }

  #look(panes: readonly ListedPane[]): void {
    this.reconcile(panes);
    for (const pane of panes) {
      const known = this.#known.get(pane.pane);
      if (!known) continue;
      if (pane.linkedSessions === 1 && pane.inHub) {
        // Its session was killed by a person; only our link keeps it alive.
        this.#gone(pane.pane, 'killed_on_host');
        this.#commander.run(`kill-window -t ${pane.window}`).catch(() => {}); // the next adoption looks again
      } else this.#apply(known, pane);
    }
  }

  #apply(known: Known, now: Live): void {
    const { live: before, ref } = known;
    const { id, epoch } = ref;
    known.live = now;
    if (now.inMode !== before.inMode || now.inputOff !== before.inputOff) {
      this.#events.emit('mode', { id, epoch, inMode: now.inMode, inputOff: now.inputOff });
    }
    if (now.title !== before.title) this.#events.emit('title', { id, epoch, title: now.title });
    if (!now.dead || known.deathTold) return;
    if (now.deadStatus !== null || now.deadSignal !== null || known.statusOverdue)
      void this.#tellDeath(known);
    else if (!known.statusTimer) this.#reap(known);
  }

  /**
   * About once in eight, tmux 3.3 takes the end of a child without its exit status: a zombie stays, the pane is dead
   * without the hook that tells it, and only the subscription shows it. Another SIGCHLD makes tmux look again.
   */
  #reap(known: Known): void {
    const again = () => {
      this.#collectStatus();
      this.refresh();
    };
    again();
    known.statusTimer = setTimeout(() => {
      known.statusOverdue = true;
      again();
    }, STATUS_GRACE_MS);
  }

  async #tellDeath(known: Known): Promise<void> {
    known.deathTold = true;
    clearTimeout(known.statusTimer);
    const { id, epoch, pane } = known.ref;
    let lastScreen = '';
    try {
      // The stream alone may lack the last words of a program that died at once; the pane has them.
      const reply = await onPane(this.#commander, known.ref, [
        `capture-pane -p -e -S -${LAST_SCREEN_HISTORY} -t ${pane}`,
      ]);
      lastScreen = linesOf(reply).join('\n').trimEnd();
    } catch (err) {
      this.#log.warn({ err, id, epoch }, 'the last screen of a dead pane was not captured');
    }
    const { deadStatus: status, deadSignal: signal } = known.live;
    this.#events.emit('dead', { id, epoch, status, signal, lastScreen });
  }

  #gone(pane: string, reason: GoneReason): void {
    const known = this.#known.get(pane);
    if (!known) return;
    clearTimeout(known.statusTimer);
    this.#known.delete(pane);
    this.#streams.drop(pane);
    this.#events.emit('gone', { id: known.ref.id, epoch: known.ref.epoch, reason });
  }

  #byWindow(window: string): Known | undefined {
    return [...this.#known.values()].find((known) => known.ref.window === window);
  }
}
