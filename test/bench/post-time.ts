import type { Bench } from './bench.ts';
import { figure } from './figure.ts';
import { closeSessions, openTerminal } from './support/terminals.ts';

/** How long the sender of a message waits, whatever the receiver does: here it works, and the inbox grows. */
export const postTime: Bench = {
  name: 'post_time',
  about: 'POST of a message to a terminal that is busy',
  async run(ground) {
    const stack = await ground.stack('postgres');
    const terminal = await openTerminal(stack, stack.hosts[1]!);
    const post = async (text: string) => {
      const began = performance.now();
      await stack.client.terminals.send({ params: { id: terminal.id }, body: { text } });
      return performance.now() - began;
    };
    await post('Be busy. [[sleep 600000]]');
    await stack.event(
      'it works',
      (event) =>
        event.kind === 'terminal.status' &&
        event.terminal_id === terminal.id &&
        event.data.status === 'processing',
    );
    await post('warm');
    const samples: number[] = [];
    for (let n = 0; n < (ground.quick ? 50 : 300); n++) samples.push(await post(`waits ${n}`));
    await closeSessions(stack, [terminal.session]);
    return [figure('post_time', 'ms', samples, { p50: 10 })];
  },
};
