import type { Backend } from '../support/stack/shape.ts';
import type { Bench } from './bench.ts';
import { figure } from './figure.ts';
import { exchange } from './support/exchange.ts';
import { closeSessions, openTerminal } from './support/terminals.ts';

/** A message to an idle terminal, from the POST to its text in the pane, read from tmux itself. */
const message = (backend: Backend, name: string, p50: number): Bench => ({
  name,
  about: `POST → text in an idle pane, BullMQ on ${backend}`,
  async run(ground) {
    const stack = await ground.stack(backend);
    const terminal = await openTerminal(stack, stack.hosts[1]!);
    const { pane, post, accepted } = await exchange(stack, terminal, ground.quick ? 20 : 150);
    await closeSessions(stack, [terminal.session]);
    return [
      figure(name, 'ms', pane, { p50, p99: 100 }),
      figure(`${name}_post`, 'ms', post, { p50: 10 }),
      figure(`${name}_accepted`, 'ms', accepted),
    ];
  },
});

export const messageEmbedded = message('postgres', 'message_embedded', 25);
export const messageRedis = message('redis', 'message_redis', 15);

/** The same, sent to a replica that does not hold the link: only the bell tells the one that does. */
export const messageOtherReplica: Bench = {
  name: 'message_other_replica',
  about: 'POST at another replica than the one with the link → text in an idle pane, BullMQ on redis',
  async run(ground) {
    const stack = await ground.stack('redis');
    const replica = await stack.addReplica();
    const terminal = await openTerminal(stack, stack.hosts[1]!);
    const { pane } = await exchange(stack, terminal, ground.quick ? 20 : 150, replica.client);
    await closeSessions(stack, [terminal.session]);
    await replica.api.kill('SIGTERM');
    return [figure('message_other_replica', 'ms', pane, { p50: 15, p99: 100 })];
  },
};
