import { agreed, redisNodes, withNode } from './redis-nodes.ts';

/** A master, its replica and three sentinels that watch them. */
export interface LocalSentinels extends AsyncDisposable {
  readonly url: string;
  /** All five, and then until the sentinels agree on a master with its replica. */
  start(): Promise<void>;
  stop(): Promise<void>;
  wipe(): Promise<void>;
  /** SIGKILL for the master of the moment; the sentinels make the replica the next one. @returns its port. */
  killMaster(): Promise<number>;
  masterPort(): Promise<number>;
}

const MASTER = 'bells';

export async function startSentinels(): Promise<LocalSentinels> {
  const nodes = await redisNodes();
  try {
    const first = await nodes.add('redis-1', () => []);
    const second = await nodes.add('redis-2', () => [`replicaof 127.0.0.1 ${first.port}`]);
    const stores = [first, second];
    for (let n = 1; n <= 3; n++)
      await nodes.add(
        `sentinel-${n}`,
        () => [
          `sentinel monitor ${MASTER} 127.0.0.1 ${first.port} 2`,
          `sentinel down-after-milliseconds ${MASTER} 500`,
          `sentinel failover-timeout ${MASTER} 2000`,
        ],
        'sentinel',
      );
    const sentinels = nodes.all().slice(stores.length);
    const view = (port: number) =>
      withNode(port, async (redis) => {
        const state = (await redis.call('SENTINEL', 'MASTER', MASTER)) as string[];
        const numberOf = (name: string) => Number(state[state.indexOf(name) + 1]);
        return { master: numberOf('port'), epoch: numberOf('config-epoch') };
      });
    const isReady = (port: number) =>
      withNode(port, async (redis) => {
        await redis.call('SENTINEL', 'CKQUORUM', MASTER); // an error until they know each other
        const state = (await redis.call('SENTINEL', 'MASTER', MASTER)) as string[];
        const replicas = (await redis.call('SENTINEL', 'REPLICAS', MASTER)) as string[][];
        return (
          state[state.indexOf('flags') + 1] === 'master' &&
          state[state.indexOf('num-other-sentinels') + 1] === '2' &&
          replicas.some((replica) => replica[replica.indexOf('master-link-status') + 1] === 'ok')
        );
      });
    const agree = async () => {
      // Unless told otherwise, after each start, they look at their instances every 10 s, and at each other every 2 s.
      for (const { port } of sentinels)
        await withNode(port, (redis) =>
          redis.call('SENTINEL', 'DEBUG', 'INFO-PERIOD', 200, 'PUBLISH-PERIOD', 200),
        );
      for (const { port } of sentinels) await agreed(`sentinel ${port} knows all`, () => isReady(port));
    };
    await agree();
    /** The newest view counts: the sentinel that made a master tells the others a moment later. */
    const masterPort = async () => {
      const views = await Promise.all(sentinels.map(({ port }) => view(port)));
      return views.toSorted((a, b) => b.epoch - a.epoch)[0]!.master;
    };
    return {
      url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${MASTER}`,
      masterPort,
      async start() {
        await Promise.all(nodes.all().map((node) => node.start()));
        await agree();
      },
      stop: async () => void (await Promise.all(nodes.all().map((node) => node.end('SIGTERM')))),
      wipe: async () => void (await withNode(await masterPort(), (redis) => redis.flushall())),
      async killMaster() {
        const port = await masterPort();
        await stores.find((store) => store.port === port)!.end('SIGKILL');
        return port;
      },
      [Symbol.asyncDispose]: () => nodes.remove(),
    };
  } catch (cause) {
    await nodes.remove();
    throw cause;
  }
}
