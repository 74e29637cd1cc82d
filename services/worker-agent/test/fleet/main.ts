// A process of simulated hosts: does what its parent orders over IPC (test/support/fleet/protocol.ts), ends with it.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join as joinPath } from 'node:path';
import type { AnswerMessage, OrderMessage, Orders, Seen } from '../../../../test/support/fleet/protocol.ts';
import { join } from './join.ts';
import { type SimulatedHost, simulatedHost } from './simulated-host.ts';

/** Joins at a time. */
const JOINING = 8;
const LOOK_EVERY_MS = 20;

const boot = randomUUID();
const hosts: SimulatedHost[] = [];
const nothing = (): Seen => ({ messages: [], failed: [], welcomed: [] });
const seen = nothing();

type Handlers = { [K in keyof Orders]: (order: Orders[K]['order']) => Promise<Orders[K]['answer']> };
const handlers: Handlers = {
  async join({ apiUrl, stateDir, hosts: wanted }) {
    const left = [...wanted];
    const work = async () => {
      for (let host = left.shift(); host; host = left.shift()) {
        const own = joinPath(stateDir, host.name);
        await join(apiUrl, host, own);
        hosts.push(await simulatedHost({ apiUrl, stateDir: own, boot, seen }));
      }
    };
    await Promise.all(Array.from({ length: JOINING }, work));
    return null;
  },
  async link() {
    for (const host of hosts) host.dial();
    const { promise, resolve } = Promise.withResolvers<null>();
    const timer = setInterval(() => {
      if (!hosts.every(({ linked }) => linked)) return;
      clearInterval(timer);
      resolve(null);
    }, LOOK_EVERY_MS);
    return promise;
  },
  async turn({ odd }) {
    const truth: Record<string, string> = {};
    let n = 0;
    for (const host of hosts)
      for (const terminal of host.terminals.values()) {
        if ((n++ % 2 === 1) === odd) terminal.beginTurn();
        else if (terminal.status === 'processing') terminal.endTurn();
        truth[terminal.id] = terminal.status;
      }
    return truth;
  },
  async count() {
    return {
      linked: hosts.filter(({ linked }) => linked).length,
      terminals: hosts.reduce((sum, host) => sum + host.terminals.size, 0),
    };
  },
  async seen() {
    const { messages, failed, welcomed } = seen;
    Object.assign(seen, nothing());
    return { messages, failed, welcomed };
  },
};

process.on('message', async ({ id, kind, order }: OrderMessage) => {
  let reply: AnswerMessage;
  try {
    reply = { id, answer: await handlers[kind](order as never) };
  } catch (error) {
    reply = { id, error: (error as Error).message };
  }
  process.send?.(reply);
});
await once(process, 'disconnect');
process.exit();
