import { CaoError } from '@cao/contracts';
import { failpoint, silentLogger } from '@cao/runtime';
import { assertStep, assertText } from '../delivery/checks.ts';
import { refusalOf } from '../delivery/refusal.ts';
import { Events } from '../events.ts';
import { assertBirth } from '../pane/birth.ts';
import { refusalError } from '../pane/guard.ts';
import { sendKeys, typeBytes } from '../pane/keys.ts';
import { assertCursor, assertRef, assertSession, assertSize } from '../pane/names.ts';
import { parseScreen } from '../pane/screen.ts';
import type { Guarded, PaneRef, TerminalServer } from '../terminal-server.ts';
import { FakeHost } from './fake-host.ts';
import type { FakePane } from './fake-pane.ts';
import { cursorOf, shownLines } from './fake-view.ts';
import { keyBytes } from './keyboard.ts';

/**
 * A TerminalServer without tmux: its programs are real child processes on pipes. It passes the same conformance suite.
 * Two servers of one `host` are the same process before and after a restart.
 */
export function fakeTerminal(host: FakeHost = new FakeHost()): TerminalServer {
  const events = new Events(silentLogger);
  const offsets = new Map<string, number>();
  let unlisten: (() => void) | undefined;

  const running = (): void => {
    if (!unlisten) throw new CaoError('unavailable', 'the terminal server was not started, or is stopped');
  };
  /** The pane if it is that of this id and epoch. */
  function find(ref: PaneRef, alive = false): FakePane {
    running();
    assertRef(ref);
    const pane = host.pane(ref.pane);
    const found = pane?.ref.id === ref.id && pane.ref.epoch === ref.epoch ? pane : undefined;
    if (!found || (alive && (found.dead || found.inputOff))) throw refusalError(ref, pane?.guard ?? null);
    return found;
  }

  function paste(
    ref: PaneRef,
    expected: { seq: number; sent: number },
    act: (pane: FakePane) => void,
  ): Guarded {
    running();
    assertRef(ref);
    const pane = host.pane(ref.pane);
    const state = pane?.guard ?? null;
    const same = state?.id === ref.id && state.epoch === ref.epoch;
    const at = same && state.seq === expected.seq && state.sent === expected.sent;
    if (!pane || !at || state.dead || state.inMode || state.inputOff || !state.bracketed) {
      return { ok: false, reason: refusalOf(ref, expected, state), state };
    }
    act(pane);
    return { ok: true };
  }

  function onHostEvent(pane: FakePane, event: Parameters<Parameters<FakeHost['listen']>[0]>[1]): void {
    const { id, epoch, pane: name } = pane.ref;
    if (event.kind === 'output') {
      const end = (offsets.get(name) ?? 0) + event.bytes.length;
      offsets.set(name, end);
      events.emit('output', name, event.bytes, end);
    } else if (event.kind === 'paste') events.emit('bracketed', { id, epoch, on: pane.pasteMode.on });
    else if (event.kind === 'mode')
      events.emit('mode', { id, epoch, inMode: pane.inMode, inputOff: pane.inputOff });
    else if (event.kind === 'title') events.emit('title', { id, epoch, title: pane.title });
    else if (event.kind === 'gone') events.emit('gone', { id, epoch, reason: event.reason });
    else {
      const lastScreen = shownLines(pane, 200).join('\n').trimEnd();
      events.emit('dead', { id, epoch, status: pane.status, signal: pane.signal, lastScreen });
    }
  }

  return {
    async start() {
      if (unlisten) return;
      unlisten = host.listen(onHostEvent);
      for (const pane of host.panes) {
        const { id, epoch } = pane.ref;
        setImmediate(() => {
          if (unlisten && !pane.dead) events.emit('bracketed', { id, epoch, on: pane.pasteMode.on });
        });
      }
    },
    async stop() {
      unlisten?.();
      unlisten = undefined;
    },
    async kill() {
      unlisten?.();
      unlisten = undefined;
      await host.end();
    },
    async birth(birth) {
      await assertBirth(birth);
      await failpoint('birth.before');
      running();
      const found = host.panes.find(({ ref }) => ref.id === birth.id && ref.epoch === birth.epoch);
      const { ref } = found ?? host.bear(birth);
      await failpoint('birth.after');
      return { ...ref, adopted: found !== undefined };
    },
    async list() {
      running();
      return host.panes.map((pane) => pane.state(2));
    },
    async deliver(ref, { prev, seq, text }) {
      assertStep(prev, seq);
      assertText(text);
      await failpoint('deliver.before-buffer');
      await failpoint('deliver.before-paste');
      const result = paste(ref, { seq: prev, sent: prev }, (pane) => {
        pane.write(`\u001b[200~${text.replaceAll('\n', '\r')}\u001b[201~`);
        pane.seq = seq;
      });
      await failpoint('deliver.after-paste');
      return result;
    },
    async submit(ref, { prev, seq }) {
      assertStep(prev, seq);
      await failpoint('submit.before-cr');
      const result = paste(ref, { seq, sent: prev }, (pane) => {
        pane.write('\r');
        pane.sent = seq;
      });
      await failpoint('submit.after-cr');
      return result;
    },
    async resubmit(ref, { seq }) {
      assertCursor('seq', seq);
      return paste(ref, { seq, sent: seq }, (pane) => pane.write('\r'));
    },
    async settleCursor(ref, { seq }) {
      assertCursor('seq', seq);
      const pane = find(ref);
      if (pane.seq !== seq)
        throw new CaoError('conflict', `the cursor of terminal ${ref.id} is ${pane.seq}, not ${seq}`);
      pane.sent = seq;
    },
    async keys(ref, keys) {
      sendKeys(ref.pane, keys); // refuses the same keys
      const pane = find(ref, true);
      if (pane.inMode) pane.set({ inMode: false });
      pane.write(keys.map(keyBytes).join(''));
    },
    async type(ref, bytes) {
      typeBytes(ref.pane, bytes); // refuses the same sizes
      const pane = find(ref, true);
      if (pane.inMode) pane.set({ inMode: false });
      pane.write(bytes);
    },
    async capture(ref, { history = 0 } = {}) {
      const lines = shownLines(find(ref), history === 'all' ? Number.POSITIVE_INFINITY : history);
      return lines.map((line) => line.replace(/ +$/, '')).join('\n');
    },
    async screen(ref) {
      const pane = find(ref);
      const { x, y } = cursorOf(pane);
      return parseScreen(`${x} ${y} 0 ${pane.cols}`, shownLines(pane));
    },
    async snapshot(ref, { history = 0 } = {}) {
      const pane = find(ref);
      const cursor = cursorOf(pane);
      const ansi = `\u001bc${shownLines(pane, history).join('\r\n')}\u001b[${cursor.y + 1};${cursor.x + 1}H`;
      return { ansi, cursor, cols: pane.cols, rows: pane.rows, offset: offsets.get(ref.pane) ?? 0 };
    },
    /** Runs no shell. */
    async pipe(ref) {
      find(ref);
      return offsets.get(ref.pane) ?? 0;
    },
    async unpipe(ref) {
      find(ref);
      const offset = offsets.get(ref.pane) ?? 0;
      return { flushed: offset, ended: offset };
    },
    async resize(ref, cols, rows) {
      assertSize(cols, rows);
      Object.assign(find(ref), { cols, rows });
    },
    async close(ref) {
      running();
      assertRef(ref);
      const pane = host.pane(ref.pane);
      if (pane?.ref.id === ref.id && pane.ref.epoch === ref.epoch) host.close(pane);
    },
    attachCommand(session) {
      assertSession(session);
      return `tmux -L fake attach -r -t =${session}`;
    },
    on: (event, listener) => events.on(event, listener),
  };
}
