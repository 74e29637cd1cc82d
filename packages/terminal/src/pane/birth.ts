import { stat } from 'node:fs/promises';
import { CaoError } from '@cao/contracts';
import type { Commander } from '../control/connection.ts';
import { tmuxRefused } from '../control/errors.ts';
import { octal } from '../control/quote.ts';
import { errorOf, linesOf, type Reply } from '../control/reply.ts';
import type { Birth, PaneRef } from '../terminal-server.ts';
import { assertIdentity, assertSession, assertSize, HUB, windowName } from './names.ts';

export const DEFAULT_COLS = 120;
export const DEFAULT_ROWS = 40;

/** The program would drive the server that holds it, if it knew where it is. */
const WITHOUT_TMUX = ['/usr/bin/env', '-u', 'TMUX', '-u', 'TMUX_PANE'];

export async function assertBirth(birth: Birth): Promise<void> {
  assertIdentity(birth.id, birth.epoch);
  assertSession(birth.session);
  assertSize(birth.cols ?? DEFAULT_COLS, birth.rows ?? DEFAULT_ROWS);
  // env(1) reads a first argument with `=` as a variable, and would start what follows it.
  if (!birth.argv[0] || birth.argv[0].includes('=') || birth.argv[0].startsWith('-')) {
    throw new CaoError('bad_request', 'argv begins with a program, whose name has no = and no leading -', {
      field: 'argv',
    });
  }
  if (birth.cwd === undefined) return;
  const found = await stat(birth.cwd).catch(() => null);
  if (!found?.isDirectory()) {
    throw new CaoError('bad_request', `cwd ${birth.cwd} is not a directory on this host`, { field: 'cwd' });
  }
}

/**
 * Creates the window and says who it is in one command list: no window of ours is ever without its id, and a second
 * birth of the same id and epoch finds the first.
 */
export async function bear(commander: Commander, birth: Birth): Promise<PaneRef | 'exists'> {
  const { id, epoch, session } = birth;
  const size = `-x ${birth.cols ?? DEFAULT_COLS} -y ${birth.rows ?? DEFAULT_ROWS}`;
  const name = windowName(id, epoch);
  const window = `=${session}:${name}`;
  const argv = [...WITHOUT_TMUX, ...birth.argv].map(octal).join(' ');
  // tmux expands formats in a directory, `#(command)` included; `##` is a plain #.
  const cwd = birth.cwd === undefined ? '' : `-c ${octal(birth.cwd.replaceAll('#', '##'))}`;
  const options = { '@cao_id': id, '@cao_epoch': epoch, '@cao_seq': 0, '@cao_sent': 0, '@cao_bp': 0 };
  const identify = [
    ...Object.entries(options).map(([option, value]) => `set-option -p -t ${window}. ${option} ${value}`),
    `resize-window -t ${window} ${size}`,
    `link-window -d -s ${window} -t =${HUB}:`,
    `display-message -p -t ${window}. "born #{window_id} #{pane_id} #{pane_pid}"`,
  ].join(' ; ');
  const inSession = `new-window -d -t =${session}: -n ${name} ${cwd} -- ${argv} ; ${identify}`;
  const newSession = `new-session -d -s ${session} ${size} -n ${name} ${cwd} -- ${argv} ; ${identify}`;
  // `#{S:…}` and `#{W:…}` are tmux's loops over sessions and windows.
  const windowExists = `#{m:*|${name}|*,|#{S:#{W:#{window_name}|}}}`;
  const sessionExists = `#{m:*|${session}|*,|#{S:#{session_name}|}}`;
  const line = `if-shell -F '${windowExists}' { display-message -p exists } { if-shell -F '${sessionExists}' { ${inSession} } { ${newSession} } }`;
  return commander.run(line, { read: (reply) => readBirth(reply, birth) });
}

function readBirth(reply: Reply, { id, epoch }: Birth): PaneRef | 'exists' {
  const error = errorOf(reply);
  if (error !== null) throw tmuxRefused(`create the window of terminal ${id}`, error);
  const line = linesOf(reply).find((text) => text !== '');
  if (line === 'exists') return line;
  const [, window, pane, pid] = /^born (@\d+) (%\d+) (\d+)$/.exec(line ?? '') ?? [];
  if (!window || !pane)
    throw tmuxRefused(`create the window of terminal ${id}`, `it answered ${JSON.stringify(line)}`);
  return { id, epoch, pane, window, pid: Number(pid) };
}
