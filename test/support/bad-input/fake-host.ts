import { randomUUID } from 'node:crypto';
import { LINK_PATH } from '@cao/contracts';
import type { Stack } from '../stack/with-stack.ts';
import { openSocket, type Socket, type SocketOptions } from './socket.ts';

/** A host that is no worker-agent: it has a credential and says what a test tells it to. */
export interface FakeHost {
  readonly id: string;
  readonly credential: string;
  /** A connection on which nothing was said yet. */
  dial(options?: Partial<SocketOptions>): Promise<Socket>;
  hello(fields?: Record<string, unknown>): Record<string, unknown>;
  /** A connection after hello and welcome. */
  link(options?: Partial<SocketOptions>): Promise<{ socket: Socket; epoch: number; acked: number }>;
}

export async function joinFakeHost(stack: Stack, name: string): Promise<FakeHost> {
  const { token } = await stack.client.hosts.createJoinToken();
  const { host_id: id, credential } = await stack.client.hosts.join({ body: { token, name, capacity: 1 } });
  const spool = randomUUID();
  const hello = (fields: Record<string, unknown> = {}) => ({
    t: 'hello',
    agent_version: '0',
    machine_boot: randomUUID(),
    os: 'linux',
    arch: 'x64',
    providers: [],
    attach: 'true',
    panes: [],
    spool: { id: spool, last: 0 },
    ...fields,
  });
  const dial = async (options: Partial<SocketOptions> = {}) => {
    const socket = openSocket(stack.url + LINK_PATH, { token: credential, ...options });
    await socket.opened;
    return socket;
  };
  return {
    id,
    credential,
    dial,
    hello,
    async link(options) {
      const socket = await dial(options);
      socket.send(hello());
      const { e, acked } = await socket.until<{ t: string; e: number; acked: number }>(
        'welcome',
        ({ t }) => t === 'welcome',
      );
      return { socket, epoch: e, acked };
    },
  };
}
