import { execFileSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Logger, silentLogger } from '@cao/runtime';
import { openTmux } from '@cao/terminal';
import { tempDir } from './files.ts';
import type { Harness } from './harness.ts';

export interface TmuxHarness extends Harness {
  readonly socket: string;
  /** What a person types on the host. */
  tmux(...args: string[]): string;
}

const path = '/usr/local/bin:/usr/bin:/bin';

export function tmuxHarness(log: Logger = silentLogger): TmuxHarness {
  const dir = tempDir();
  const socket = join(dir.path, 'tmux.sock');
  const env = { HOME: homedir(), PATH: path };
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-S', socket, ...args], { env, encoding: 'utf8' }).trim();
  return {
    dir: dir.path,
    socket,
    tmux,
    open: () => openTmux({ socket: { path: socket }, home: env.HOME, path, log }),
    copyMode: ({ pane }, on) => void tmux('copy-mode', ...(on ? [] : ['-q']), '-t', pane),
    inputOff: ({ pane }, off) => void tmux('select-pane', off ? '-d' : '-e', '-t', pane),
    killSession: (session) => void tmux('kill-session', '-t', `=${session}`),
    dispose: async () => dir.remove(),
  };
}
