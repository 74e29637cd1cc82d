import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { LINK_PATH, linkProofText } from '@cao/contracts';
import type { Stack } from '../stack/with-stack.ts';
import { openSocket, type Socket, type SocketOptions } from './socket.ts';

/** A host that is no worker-agent: it has a key and says what a test tells it to. */
export interface FakeHost {
  readonly id: string;
  /** A connection on which nothing was said yet. */
  dial(options?: Partial<SocketOptions>): Promise<Socket>;
  /** For the challenge of this connection. */
  hello(socket: Socket, fields?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** A connection after hello and welcome. */
  link(
    options?: Partial<SocketOptions>,
    fields?: Record<string, unknown>,
  ): Promise<{ socket: Socket; epoch: number; acked: number }>;
}

export async function joinFakeHost(stack: Stack, name: string): Promise<FakeHost> {
  const { token } = await stack.client.hosts.createJoinToken();
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { host_id: id } = await stack.client.hosts.join({
    body: {
      token,
      public_key: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      name,
      capacity: 1,
    },
  });
  const spool = randomUUID();
  const hello: FakeHost['hello'] = async (socket, fields = {}) => {
    const { nonce } = await socket.until<{ t: string; nonce: string }>(
      'challenge',
      ({ t }) => t === 'challenge',
    );
    const said = { host_id: id, instance: 'fake', ...(fields as { instance?: string }) };
    return {
      t: 'hello',
      ...said,
      proof: sign(null, Buffer.from(linkProofText({ nonce, ...said })), privateKey).toString('base64'),
      agent_version: '0',
      machine_boot: 'fake',
      os: 'linux',
      arch: 'x64',
      providers: [],
      attach: 'true',
      panes: [],
      spool: { id: spool, last: 0 },
      ...fields,
    };
  };
  const dial = async (options: Partial<SocketOptions> = {}) => {
    const socket = openSocket(stack.url + LINK_PATH, options);
    await socket.opened;
    return socket;
  };
  return {
    id,
    dial,
    hello,
    async link(options, fields) {
      const socket = await dial(options);
      socket.send(await hello(socket, fields));
      const { e, acked } = await socket.until<{ t: string; e: number; acked: number }>(
        'welcome',
        ({ t }) => t === 'welcome',
      );
      return { socket, epoch: e, acked };
    },
  };
}
