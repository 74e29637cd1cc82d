import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Something in the pane of a terminal that writes a number every few milliseconds; `stop` tells the last one. */
export function startTicking(socket: string, id: string): { stop(): Promise<number> } {
  const panes = execFileSync('tmux', ['-S', socket, 'list-panes', '-a', '-F', '#{@cao_id} #{pane_tty}'], {
    encoding: 'utf8',
  });
  const tty = panes
    .split('\n')
    .find((line) => line.startsWith(`${id} `))!
    .split(' ')[1]!;
  const stopped = new AbortController();
  const ticking = (async () => {
    for (let n = 0; ; n++) {
      await writeFile(tty, `tick ${n} \r\n`);
      if (stopped.signal.aborted) return n;
      await pause(3);
    }
  })();
  return {
    stop() {
      stopped.abort();
      return ticking;
    },
  };
}
