import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { StackHost } from './with-stack.ts';

/** Long enough for a busy machine. Units: ms. */
const SHOWN_MS = 20_000;
const LOOK_AGAIN_MS = 30;

const tmux = (host: StackHost, ...args: string[]): string =>
  String(execFileSync('tmux', ['-S', host.socket, ...args]));

const panesOf = (host: StackHost): string[] =>
  tmux(host, 'list-panes', '-a', '-F', '#{@cao_id} #{pane_id}')
    .split('\n')
    .flatMap((line) => /^\S+ (%\d+)$/.exec(line)?.[1] ?? []);

/** Asks tmux itself: the agent that would tell is dead. */
export async function untilScreen(host: StackHost, text: string | RegExp): Promise<void> {
  const until = performance.now() + SHOWN_MS;
  const shows = (pane: string) => {
    const screen = tmux(host, 'capture-pane', '-p', '-t', pane);
    return typeof text === 'string' ? screen.includes(text) : text.test(screen);
  };
  while (!panesOf(host).some(shows)) {
    if (performance.now() > until) throw new Error(`no pane shows ${text}`);
    await pause(LOOK_AGAIN_MS);
  }
}

/** As a person at the host itself, in the one terminal that runs there. */
export function pressOnHost(host: StackHost, key: string): void {
  tmux(host, 'send-keys', '-t', panesOf(host)[0]!, key);
}
