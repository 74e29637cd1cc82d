import { setTimeout as pause } from 'node:timers/promises';
import { processTree, signalOne } from '../../support/process-tree.ts';
import type { ServiceProcess } from '../../support/stack/service-process.ts';
import type { Field } from '../field.ts';
import type { PlannedFault } from '../plan.ts';
import { type Fault, oneOf } from './fault.ts';
import { withStore } from './stores.ts';
import { tmuxPid } from './tmux.ts';

let thaw = () => {};
/** What is frozen goes on: it could not be ended otherwise. */
export function thawStack(): void {
  thaw();
  thaw = () => {};
}

const kill =
  (of: (field: Field) => readonly ServiceProcess[]): Fault =>
  async (field, fault) => {
    const process = oneOf(of(field), fault);
    await field.keeper.restart(process, fault.ms);
    return process.name;
  };

export const serviceFaults = {
  api_kill: kill(({ stack }) => stack.apis),
  scheduler_kill: kill(({ stack }) => stack.schedulers),
  agent_kill: kill(({ stack }) => stack.hosts.map(({ agent }) => agent)),
  async api_pause(field: Field, fault: PlannedFault) {
    const process = oneOf(field.stack.apis, fault);
    await field.keeper.freeze(process, fault.ms);
    return process.name;
  },
  /** All of it at one moment, as when a laptop sleeps: services, stores, tmux and the CLIs in its panes. */
  stack_stop: ({ stack, postgres, redis }: Field, fault: PlannedFault) =>
    withStore(postgres, () =>
      withStore(redis, async () => {
        const services = [...stack.apis, ...stack.schedulers, ...stack.hosts.map(({ agent }) => agent)];
        const pids = [...services.map(({ pid }) => pid), ...stack.hosts.map(tmuxPid)]
          .filter((pid) => pid !== undefined)
          .flatMap(processTree);
        for (const pid of pids) signalOne(pid, 'SIGSTOP');
        postgres.pause();
        redis.pause();
        thaw = () => {
          redis.resume();
          postgres.resume();
          for (const pid of pids) signalOne(pid, 'SIGCONT');
        };
        await pause(fault.ms);
        thawStack();
        return `${pids.length} processes`;
      }),
    ),
};
