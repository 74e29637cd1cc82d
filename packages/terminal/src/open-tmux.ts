import { CaoError } from '@cao/contracts';
import { failpoint, type Logger } from '@cao/runtime';
import { ControlClient } from './control/client.ts';
import { type Commander, Connection } from './control/connection.ts';
import { linesOf } from './control/reply.ts';
import type { TmuxProcess } from './delivery/buffer.ts';
import { deliver, resubmit, settleCursor, submit } from './delivery/deliver.ts';
import { Events } from './events.ts';
import { assertBirth, bear } from './pane/birth.ts';
import { guarded, IDENTITY, onPane } from './pane/guard.ts';
import { sendKeys, typeBytes } from './pane/keys.ts';
import { LIST_PANES, type ListedPane, readPanes } from './pane/list.ts';
import { assertSession, assertSize, windowName } from './pane/names.ts';
import { pipe, unpipe } from './pane/pipe.ts';
import { captureScreen, parseScreen, SCREEN_FIELDS } from './pane/screen.ts';
import { buildSnapshot, captureHistory, SNAPSHOT_FIELDS } from './pane/snapshot.ts';
import { endServer } from './server-end.ts';
import { adoptPanes, HUB_CLIENT, type ServerIdentity, setUpServer } from './server-setup.ts';
import { attachCommand, type Socket, socketFlags } from './socket.ts';
import type { Birth, Guarded, PaneRef, PaneState, TerminalServer } from './terminal-server.ts';
import { PaneWatch } from './watch/pane-watch.ts';
import { Probe } from './watch/probe.ts';
import { ProbeQueue } from './watch/probe-queue.ts';
import { Streams } from './watch/streams.ts';

export interface TmuxOptions {
  readonly socket: Socket;
  /** HOME and PATH are the whole environment of the tmux server, and so of its panes. */
  readonly home: string;
  readonly path: string;
  readonly log: Logger;
  readonly tmuxBin?: string;
}

const DEFAULT_SNAPSHOT_HISTORY = 1_000;

/** The terminals of this host in a tmux server of CAO's own, through one control client. */
export function openTmux(options: TmuxOptions): TerminalServer {
  const { log, socket } = options;
  const bin = options.tmuxBin ?? 'tmux';
  const tmux: TmuxProcess = {
    bin,
    args: socketFlags(socket),
    env: { HOME: options.home, PATH: options.path },
  };
  const events = new Events(log);
  const streams = new Streams();
  let server: ServerIdentity | undefined;

  const connection = new Connection({
    log,
    connect: () =>
      new ControlClient({ bin, args: [...tmux.args, ...HUB_CLIENT], env: tmux.env, log, onOutput, onNotice }),
    setUp: async (client) => {
      streams.loseAll();
      const joined = await setUpServer(client);
      if (server !== undefined && server.key !== joined.key) {
        streams.clear();
        watch.serverExited();
      }
      server = joined;
      adopted(await adoptPanes(client));
    },
  });
  const commander: Commander = connection;
  const watch = new PaneWatch(commander, events, streams, collectStatus, log);
  const probe = new Probe(commander, tmux);
  const probes = new ProbeQueue(probe, (window, on) => watch.probed(window, on), log);

  function collectStatus(): void {
    try {
      if (server) process.kill(server.pid, 'SIGCHLD');
    } catch (err) {
      log.debug({ err }, 'the tmux server could not be signalled; it ended');
    }
  }

  function adopted(panes: readonly ListedPane[]): void {
    watch.reconcile(panes);
    for (const pane of panes) {
      watch.register(pane, pane);
      events.emit('resync', pane.pane);
    }
    const unknown = panes.filter((pane) => !pane.dead && !streams.of(pane.pane).pasteMode.heard);
    probes.add(unknown.map((pane) => pane.window));
    watch.refresh();
  }

  function onOutput(pane: string, bytes: Buffer): void {
    const stream = streams.of(pane);
    stream.offset += bytes.length;
    probe.onOutput(pane, bytes);
    const { heard } = stream.pasteMode;
    if (stream.pasteMode.feed(bytes) || stream.pasteMode.heard !== heard) {
      watch.pasteModeChanged(pane, stream.pasteMode.on);
    }
    events.emit('output', pane, bytes, stream.offset);
  }

  function onNotice(name: string, rest: string): void {
    if (name === 'pause') onPause(rest.trim());
    else if (name === 'subscription-changed') {
      const [, pane, value] = /^cao-pane \S+ \S+ \S+ (%\d+) : (.*)$/s.exec(rest) ?? [];
      if (pane && value !== undefined) watch.subscriptionChanged(pane, value);
    } else if (/^(sessions-changed|(unlinked-)?window-(close|renamed)|pane-mode-changed)$/.test(name))
      watch.refresh();
  }

  /** A pane that floods was cut off: it goes on from now, and what was lost may have switched its paste mode. */
  function onPause(pane: string): void {
    streams.lose(pane);
    const window = watch.windowOf(pane);
    if (window) watch.pasteModeChanged(pane, false);
    commander
      .run(`refresh-client -A '${pane}:continue'`)
      .then(() => {
        if (window) probes.add([window]);
        events.emit('resync', pane);
      })
      .catch((err) =>
        log.debug({ err, pane }, 'a paused pane was not continued; the next connection does it'),
      );
  }

  async function birth(wanted: Birth): Promise<PaneRef & { adopted: boolean }> {
    await assertBirth(wanted);
    await failpoint('birth.before');
    const born = await bear(commander, wanted);
    await failpoint('birth.after');
    if (born !== 'exists') {
      watch.register(born);
      return { ...born, adopted: false };
    }
    const name = windowName(wanted.id, wanted.epoch);
    const found = (await listed()).find((pane) => pane.windowName === name && pane.id === wanted.id);
    if (!found)
      throw new CaoError('conflict', `a window ${name} is there, but it is not of terminal ${wanted.id}`);
    watch.register(found, found);
    const { id, epoch, pane, window, pid } = found;
    return { id, epoch, pane, window, pid, adopted: true };
  }

  /** Who was refused waits for an event that says that the reason has passed: it comes, even if it passed already. */
  function noted(pane: PaneRef, result: Guarded): Guarded {
    if (!result.ok && result.state) watch.seen(pane.pane, result.state);
    return result;
  }

  /** @returns the count of the pane's output at the moment when tmux carried the command out. */
  async function counted(pane: PaneRef, command: string): Promise<number> {
    let offset = 0;
    const atBlock = () => {
      offset = streams.of(pane.pane).offset;
    };
    await onPane(commander, pane, [command], { atBlock });
    return offset;
  }

  const listed = (): Promise<ListedPane[]> => commander.run(LIST_PANES, { read: readPanes });

  return {
    start: () => connection.start(),
    async stop() {
      probes.stop();
      await connection.stop();
      watch.stop();
    },
    async kill() {
      probes.stop();
      await endServer(connection, tmux, server);
      watch.stop();
      server = undefined;
      streams.clear();
    },
    birth,
    list: async () =>
      (await listed()).map(({ windowName: _name, inHub: _hub, ...state }): PaneState => state),
    deliver: async (pane, message) => noted(pane, await deliver(commander, tmux, pane, message)),
    submit: async (pane, message) => noted(pane, await submit(commander, pane, message)),
    resubmit: async (pane, message) => noted(pane, await resubmit(commander, pane, message)),
    settleCursor: (pane, message) => settleCursor(commander, pane, message),
    async keys(pane, keys) {
      await onPane(commander, pane, [`copy-mode -q -t ${pane.pane}`, sendKeys(pane.pane, keys)], {
        alive: true,
      });
    },
    async type(pane, bytes) {
      const [first, ...more] = typeBytes(pane.pane, bytes);
      if (first === undefined) return;
      // Sent at once: nothing else of ours comes between two parts.
      const parts = [[`copy-mode -q -t ${pane.pane}`, first], ...more.map((part) => [part])];
      await Promise.all(parts.map((part) => onPane(commander, pane, part, { alive: true })));
    },
    async capture(pane, { history = 0 } = {}) {
      const start = history === 'all' ? '-' : `${history === 0 ? 0 : -Math.trunc(history)}`;
      const reply = await onPane(commander, pane, [`capture-pane -p -e -J -S ${start} -t ${pane.pane}`]);
      return linesOf(reply)
        .map((line) => line.replace(/ +$/, ''))
        .join('\n');
    },
    async screen(pane) {
      const header = `display-message -p -t ${pane.pane} "${SCREEN_FIELDS}"`;
      const [first = '', ...lines] = linesOf(
        await onPane(commander, pane, [header, captureScreen(pane.pane)]),
      );
      return parseScreen(first, lines);
    },
    async snapshot(pane, { history = DEFAULT_SNAPSHOT_HISTORY } = {}) {
      const header = `display-message -p -t ${pane.pane} "${SNAPSHOT_FIELDS}"`;
      const seen = { offset: 0, bracketed: false };
      // The capture is the answer's last block; output that tmux wrote after it comes on top.
      const atBlock = () => {
        const { offset, pasteMode } = streams.of(pane.pane);
        Object.assign(seen, { offset, bracketed: pasteMode.on });
      };
      const capture = captureHistory(pane.pane, Math.trunc(history));
      const [first = '', ...lines] = linesOf(await onPane(commander, pane, [header, capture], { atBlock }));
      return buildSnapshot(first, lines, seen);
    },
    pipe: (pane, command) => pipe(counted, pane, command),
    unpipe: (pane) => unpipe(counted, pane),
    async resize(pane, cols, rows) {
      assertSize(cols, rows);
      await onPane(commander, pane, [`resize-window -t ${pane.window} -x ${cols} -y ${rows}`]);
    },
    async close(pane) {
      // A refusal means that this epoch's pane is no more, which is what was asked for.
      const equals = `${pane.id}/${pane.epoch}`;
      await guarded(commander, pane, {
        format: IDENTITY,
        equals,
        commands: [`kill-window -t ${pane.window}`],
      });
      watch.refresh();
    },
    attachCommand(session) {
      assertSession(session);
      return attachCommand(bin, socket, session);
    },
    on: (event, listener) => events.on(event, listener),
  };
}
