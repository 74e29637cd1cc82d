import { freePort } from '@cao/runtime';
import { agreed, type RedisNode, redisNodes, withNode } from './redis-nodes.ts';

/** Three masters that share the slots, without replicas. */
export interface LocalCluster extends AsyncDisposable {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  wipe(): Promise<void>;
  /** SIGKILL for the node that has the keys of a hash tag. @returns that node. */
  killOwnerOf(key: string): Promise<RedisNode>;
  /** Resolves when every node says that the cluster is whole. */
  whole(): Promise<void>;
}

const SLOTS = 16_384;
const MASTERS = 3;

export async function startCluster(): Promise<LocalCluster> {
  const nodes = await redisNodes();
  try {
    const buses: number[] = [];
    for (let n = 0; n < MASTERS; n++) {
      const bus = await freePort();
      buses.push(bus);
      await nodes.add(`node-${n}`, () => [
        'cluster-enabled yes',
        `cluster-port ${bus}`,
        'cluster-node-timeout 1000',
      ]);
    }
    const all = nodes.all();
    const first = (n: number) => Math.ceil((n * SLOTS) / MASTERS);
    for (const [n, { port }] of all.entries())
      await withNode(port, async (redis) => {
        await redis.call('CLUSTER', 'ADDSLOTSRANGE', first(n), first(n + 1) - 1);
        await redis.call('CLUSTER', 'MEET', '127.0.0.1', all[0]!.port, buses[0]!);
      });
    const isWhole = (port: number) =>
      withNode(port, async (redis) => {
        const info = await redis.cluster('INFO');
        return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${MASTERS}`);
      });
    const whole = async () => {
      for (const { port } of all) await agreed(`the cluster is whole for ${port}`, () => isWhole(port));
    };
    await whole();
    return {
      url: `redis+cluster://${all.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
      whole,
      async start() {
        await Promise.all(all.map((node) => node.start()));
        await whole();
      },
      stop: async () => void (await Promise.all(all.map((node) => node.end('SIGTERM')))),
      wipe: async () => void (await Promise.all(all.map(({ port }) => withNode(port, (r) => r.flushall())))),
      async killOwnerOf(key) {
        const slot = Number(await withNode(all[0]!.port, (redis) => redis.cluster('KEYSLOT', key)));
        const owner = all.find((_node, n) => slot >= first(n) && slot < first(n + 1))!;
        await owner.end('SIGKILL');
        return owner;
      },
      [Symbol.asyncDispose]: () => nodes.remove(),
    };
  } catch (cause) {
    await nodes.remove();
    throw cause;
  }
}
