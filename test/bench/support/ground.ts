import { startPostgres } from '../../support/postgres.ts';
import { startRedis } from '../../support/redis.ts';
import type { Backend } from '../../support/stack/shape.ts';
import { type Stack, withStack } from '../../support/stack/with-stack.ts';
import type { Ground } from '../bench.ts';

/** Room for every terminal of the largest bench on one host. */
const CAPACITY = 130;

/**
 * The servers and stacks that the benches of one run share, started when the first one asks. Commits wait for the disk:
 * figures of a database that forgets at a crash would be nobody's.
 */
export function openGround(options: {
  quick: boolean;
  note: (line: string) => void;
}): Ground & AsyncDisposable {
  const parts = new AsyncDisposableStack();
  const stacks = new Map<Backend, Promise<Stack>>();
  let services: Promise<{ adminUrl: string; redisUrl: string }> | undefined;

  const startServices = async () => {
    const [postgres, redis] = await Promise.all([startPostgres({ durable: true }), startRedis()]);
    parts.defer(() => postgres.remove());
    parts.defer(() => redis.remove());
    return { adminUrl: postgres.url, redisUrl: redis.url };
  };
  const startStack = async (backend: Backend) => {
    options.note(`starting two hosts, BullMQ on ${backend}`);
    services ??= startServices();
    const stack = await withStack({
      backend,
      services: await services,
      hosts: 2,
      capacity: CAPACITY,
    });
    return parts.use(stack);
  };
  return {
    quick: options.quick,
    note: options.note,
    stack(backend) {
      const known = stacks.get(backend) ?? startStack(backend);
      stacks.set(backend, known);
      return known;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
