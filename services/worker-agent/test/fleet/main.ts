// A process of simulated hosts: does what its parent orders over IPC (test/support/fleet/protocol.ts), ends with it.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join as joinPath } from 'node:path';
import type { AnswerMessage, OrderMessage, Orders, Seen } from '../../../../test/support/fleet/protocol.ts';
import { join } from './join.ts';
import { type SimulatedHost, simulatedHost } from './simulated-host.ts';

/** Joins at a time. */
const JOINING = 8;

const boot = randomUUID();
const hosts: SimulatedHost[] = [];
const nothing = (): Seen => ({ messages: [], failed: [], welcomed: [] });
const seen = nothing();

/** What is waited for; each is looked at when some host is welcomed or acked. */
const awaited = new Set<() => void>();
const onNews = () => {
  for (const look of [...awaited]) look();
};
const until = (holds: () => boolean): Promise<null> =>
  new Promise((resolve) => {
    const look = () => {
      if (!holds()) return void awaited.add(look);
      awaited.delete(look);
      resolve(null);
    };
    look();
  });

type Handlers = { [K in keyof Orders]: (order: Orders[K]['order']) => Promise<Orders[K]['answer']> };
const handlers: Handlers = {
  async join({ apiUrl, stateDir, hosts: wanted }) {
    const left = [...wanted];
    const work = async () => {
      for (let host = left.shift(); host; host = left.shift()) {
        const own = joinPath(stateDir, host.name);
        await join(apiUrl, host, own);
        hosts.push(await simulatedHost({ apiUrl, stateDir: own, boot, seen, onNews }));
      }
    };
    await Promise.all(Array.from({ length: JOINING }, work));
    return null;
  },
  async link() {
    for (const host of hosts) host.dial();
    return handlers.linked(null);
  },
  linked: () => until(() => hosts.every(({ linked }) => linked)),
  acked: () => until(() => hosts.every(({ acked }) => acked)),
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
