import { setTimeout as pause } from 'node:timers/promises';
import { signalOne } from '../../support/process-tree.ts';
import type { StackHost } from '../../support/stack/with-stack.ts';
import { clockOf, setClock } from '../clock.ts';
import type { Field } from '../field.ts';
import type { PlannedFault } from '../plan.ts';
import { type Fault, oneOf } from './fault.ts';
import { type Pane, panesOf, tmux, tmuxPid } from './tmux.ts';

/** Units: seconds. */
const AN_HOUR = 3_600;

/** @param hit says what of the host it was, if it was not all of it. */
const onHost =
  (hit: (host: StackHost, fault: PlannedFault) => unknown): Fault =>
  async ({ stack }, fault) => {
    const host = oneOf(stack.hosts, fault);
    const what = await hit(host, fault);
    return typeof what === 'string' ? `${host.name}: ${what}` : host.name;
  };

/** In one of its panes, another one at each time that this host is hit. */
const inPane = (end: (host: StackHost, pane: Pane) => void): Fault =>
  onHost((host, { which }) => {
    const panes = panesOf(host);
    if (panes.length === 0) return 'it has no pane';
    const pane = panes[Math.floor(which * 1_000) % panes.length]!;
    end(host, pane);
    return pane.terminal;
  });

export const hostFaults = {
  link_cut: onHost((host) => host.wire!.cut()),
  link_half_open: onHost((host) => host.wire!.stall()),
  host_partition: onHost(async ({ net, wire }, { ms }) => {
    const way = net ?? wire!;
    way.partition();
    await pause(ms);
    way.heal();
    return `${ms} ms`;
  }),
  cli_kill: inPane((_host, { pid }) => signalOne(pid, 'SIGKILL')),
  pane_kill: inPane((host, { pane }) => tmux(host, 'kill-pane', '-t', pane)),
  tmux_kill: onHost((host) => {
    const pid = tmuxPid(host);
    if (pid) signalOne(pid, 'SIGKILL');
  }),
  /** An hour on or back, and back to the true time at the next jump of this host. */
  clock_jump: onHost(({ stateDir }, { which }) => {
    const offset = clockOf(stateDir) === 0 ? AN_HOUR * (Math.floor(which * 1_000) % 2 ? 1 : -1) : 0;
    setClock(stateDir, offset);
    return `${offset} s`;
  }),
} satisfies Record<string, (field: Field, fault: PlannedFault) => Promise<string>>;
