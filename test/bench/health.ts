import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from './bench.ts';
import { figure, percentile } from './figure.ts';
import { closeSessions, openTerminal } from './support/terminals.ts';

/** Between two looks: often enough to meet every hold-up, seldom enough to be none. Units: ms. */
const LOOK_EVERY_MS = 5;
/** What a machine of two cores adds by sharing them; a blocked api answers hundreds of ms late. Units: ms. */
const SHARE_MS = 15;

/** Whether the api still answers others at once while it delivers into panes on both hosts. */
export const health: Bench = {
  name: 'health',
  about: '/health while messages are delivered, and idle',
  async run(ground) {
    const stack = await ground.stack('postgres');
    const looks = ground.quick ? 150 : 600;
    const look = async () => {
      const began = performance.now();
      await (await fetch(`${stack.url}/health`)).text();
      return performance.now() - began;
    };
    const measure = async () => {
      const samples: number[] = [];
      for (let n = 0; n < looks; n++) {
        samples.push(await look());
        await pause(LOOK_EVERY_MS);
      }
      return samples;
    };
    const terminals = await Promise.all(stack.hosts.map((host) => openTerminal(stack, host)));
    await look();
    const idle = await measure();
    let measuring = true;
    const senders = terminals.map(async ({ id }) => {
      for (let n = 0; measuring; n++) {
        const { message } = await stack.client.terminals.send({
          params: { id },
          body: { text: `beside ${n}` },
        });
        await stack.client.terminals.waitMessage({ params: { id: message.id }, query: {} });
      }
    });
    const busy = await measure();
    measuring = false;
    await Promise.all(senders);
    await closeSessions(
      stack,
      terminals.map(({ session }) => session),
    );
    const allowed = Math.ceil(percentile(idle, 99) + SHARE_MS);
    return [figure('health_idle', 'ms', idle), figure('health_delivering', 'ms', busy, { p99: allowed })];
  },
};
