import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from './bench.ts';
import { figure } from './figure.ts';
import { childrenOf, cpuMs, rssMb } from './support/processes.ts';
import { closeSessions, openTerminal } from './support/terminals.ts';

/** Started side by side: two cores start no more at once. */
const WIDTH = 10;
/** What the panes do after their start is over by then; a person would not call them idle before. Units: ms. */
const CALM_MS = 2_000;

/** What a worker-agent costs that holds many panes in which nothing happens. */
export const idle: Bench = {
  name: 'idle_panes',
  about: '100 idle panes: memory, processor, helper processes of one worker-agent',
  async run(ground) {
    const stack = await ground.stack('postgres');
    const count = ground.quick ? 10 : 100;
    const measureMs = ground.quick ? 3_000 : 10_000;
    const host = stack.hosts[1]!;
    const pid = host.agent.pid!;
    const before = childrenOf(pid).length;
    ground.note(`starting ${count} terminals on one host`);
    const sessions: string[] = [];
    const starting = Array.from({ length: count });
    await Promise.all(
      Array.from({ length: WIDTH }, async () => {
        while (starting.length > 0) {
          starting.pop();
          sessions.push((await openTerminal(stack, host)).session);
        }
      }),
    );
    await pause(CALM_MS);
    const began = { cpu: cpuMs(pid), at: performance.now() };
    await pause(measureMs);
    const share = ((cpuMs(pid) - began.cpu) / (performance.now() - began.at)) * 100;
    const memory = rssMb(pid);
    const helpers = childrenOf(pid).length - before;
    ground.note(`closing ${count} terminals`);
    await closeSessions(stack, sessions);
    return [
      figure('idle_panes_rss', 'MB', [memory], { p50: 250 }),
      figure('idle_panes_cpu', '%', [share], { p50: 10 }),
      figure('idle_panes_helpers', 'count', [helpers], { p50: 0 }),
    ];
  },
};
