import { execFileSync } from 'node:child_process';
import type { StackHost } from '../../support/stack/with-stack.ts';

/** @returns its output; empty when there is no server, or no such pane. */
export function tmux(host: StackHost, ...args: string[]): string {
  try {
    return String(execFileSync('tmux', ['-S', host.socket, ...args], { stdio: 'pipe' })).trim();
  } catch {
    return '';
  }
}

export const tmuxPid = (host: StackHost): number | undefined =>
  Number(tmux(host, 'display-message', '-p', '#{pid}')) || undefined;

export interface Pane {
  readonly terminal: string;
  readonly pane: string;
  readonly pid: number;
}

/** The panes of CAO's terminals on a host, in the order of their birth. */
export const panesOf = (host: StackHost): Pane[] =>
  tmux(host, 'list-panes', '-a', '-F', '#{@cao_id} #{pane_id} #{pane_pid}')
    .split('\n')
    .flatMap((line) => {
      const [, terminal, pane, pid] = /^([a-f][0-9a-f]{7}) (%\d+) (\d+)$/.exec(line) ?? [];
      return terminal && pane ? [{ terminal, pane, pid: Number(pid) }] : [];
    });
