import { CaoError } from '@cao/contracts';
import type { Commander } from './control/connection.ts';
import { tmuxRefused } from './control/errors.ts';
import { octal } from './control/quote.ts';
import { errorOf, linesOf } from './control/reply.ts';
import { DEFAULT_COLS, DEFAULT_ROWS } from './pane/birth.ts';
import { LIST_PANES, type ListedPane, readPanes } from './pane/list.ts';
import { CR_BUFFER, HUB } from './pane/names.ts';
import { PANE_SUBSCRIPTION } from './watch/pane-watch.ts';
import { END_PROBE } from './watch/probe.ts';

const MINIMUM = 3.3;
/**
 * A pane whose output waits for us this long is paused and continued with a new snapshot, instead of our client being
 * ended as too far behind. Rare: tmux 3.3 stops reading all panes while our pipe is full. Unit: s.
 */
const PAUSE_AFTER_S = 2;
/** At 120 columns 5,000 full lines are about 3 MB of the server's memory per pane. */
const HISTORY_LINES = 5_000;

/** The control client: starts the server if there is none, and attaches to the hub. */
export const HUB_CLIENT = [
  ...['-u', '-f', '/dev/null', '-C', 'new-session', '-A', '-s', HUB],
  ...['-x', `${DEFAULT_COLS}`, '-y', `${DEFAULT_ROWS}`, '--', '/bin/sleep', '100000'],
];

/**
 * Options of the server. `window-size` is deliberately absent: set globally to manual, the next window ends a tmux 3.3
 * server; windows are resized one by one at birth.
 */
const OPTIONS = [
  'set-option -g remain-on-exit on',
  'set-option -g remain-on-exit-format ""',
  `set-option -g default-size ${DEFAULT_COLS}x${DEFAULT_ROWS}`,
  'set-option -g default-terminal screen-256color',
  `set-option -g history-limit ${HISTORY_LINES}`,
  // A person who attaches would bring SSH_AUTH_SOCK and DISPLAY into the environment of later panes.
  'set-option -g update-environment ""',
  'set-option -g allow-rename off',
  'set-option -s set-clipboard off',
  // tmux tells nobody that a pane died. A hook's own notifications are suppressed, but not those of a command run from
  // it in the background: the renamed hub window is the bell.
  `set-hook -g pane-died 'run-shell -b -C "rename-window -t =${HUB}:0 bell"'`,
  `set-buffer -b ${CR_BUFFER} -- "\\015"`,
  `refresh-client -f pause-after=${PAUSE_AFTER_S}`,
  PANE_SUBSCRIPTION,
];

export interface ServerIdentity {
  readonly pid: number;
  readonly socketPath: string;
  /** Tells two servers apart, even when a pid was used again. */
  readonly key: string;
}

export async function setUpServer(commander: Commander): Promise<ServerIdentity> {
  const [version = '', pid = '', start = '', ...path] = linesOf(
    await commander.run('display-message -p "#{version}|#{pid}|#{start_time}|#{socket_path}"'),
  )
    .join('')
    .split('|');
  const release = Number.parseFloat(version.replace(/^[^\d]*/, ''));
  if (release < MINIMUM) {
    throw new CaoError(
      'unavailable',
      `tmux ${version} is too old; install tmux ${MINIMUM} or newer on this host`,
    );
  }
  for (const command of END_PROBE) await commander.run(command); // there is none, most of the time
  for (const option of OPTIONS) {
    const error = errorOf(await commander.run(option));
    if (error !== null) throw tmuxRefused(`take \`${option}\``, error);
  }
  await dropStaleBuffers(commander);
  return { pid: Number(pid), socketPath: path.join('|'), key: `${pid}/${start}` };
}

/** A process that was killed between buffer and paste left its text; the text comes again under the same name. */
async function dropStaleBuffers(commander: Commander): Promise<void> {
  const names = linesOf(await commander.run('list-buffers -F "#{buffer_name}"'));
  const stale = names.filter((name) => /^cao-[a-z0-9]+-\d+-\d+$/.test(name));
  await Promise.all(stale.map((name) => commander.run(`delete-buffer -b ${octal(name)}`)));
}

/** Reads the panes that are there, and makes each heard and, until its paste mode is known, closed to text. */
export async function adoptPanes(commander: Commander): Promise<ListedPane[]> {
  const panes = await commander.run(LIST_PANES, { read: readPanes });
  await Promise.all(
    panes.flatMap((pane) => [
      commander.run(`set-option -p -t ${pane.pane} @cao_bp 0`),
      ...(pane.inHub ? [] : [commander.run(`link-window -d -s ${pane.window} -t =${HUB}:`)]),
    ]),
  );
  return panes;
}
