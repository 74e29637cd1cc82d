import type { HostOrder } from '../../support/fleet/protocol.ts';
import { inParallel } from '../caller.ts';
import { countOf, type Fleet, orderAll } from '../fleet.ts';
import { round, type Usage } from '../meters.ts';

export interface Join {
  readonly joined_per_s: number;
  readonly linked_per_s: number;
  readonly linking: Usage;
}

const JOINING = 16;

/** Every host joins through the api, then all dial at the same moment. */
export async function join(fleet: Fleet): Promise<Join> {
  const { hosts, terminals } = fleet.options;
  const began = performance.now();
  const orders: HostOrder[] = [];
  await inParallel(hosts, JOINING, async (n) => {
    const { token } = await fleet.caller.call<{ token: string }>('POST', '/hosts/join-tokens');
    // Linux takes every address of this net as its own.
    const address = process.platform === 'linux' ? `127.1.${n >> 8}.${n & 255 || 1}` : '127.0.0.1';
    orders.push({ name: `host-${n}`, token, capacity: terminals, address });
  });
  const { entry, dir } = fleet.cluster;
  await Promise.all(
    fleet.processes.map((process, index) =>
      process.order('join', {
        apiUrl: entry,
        stateDir: dir,
        hosts: orders.filter((_, n) => n % fleet.processes.length === index),
      }),
    ),
  );
  const joined_per_s = round(hosts / ((performance.now() - began) / 1000));
  const { usage } = await fleet.meters.during(() => orderAll(fleet, 'link', null));
  const linked = await countOf(fleet, '(select count(*) from hosts where replica is not null)');
  if (linked !== hosts) throw new Error(`${linked} of ${hosts} hosts are linked`);
  return { joined_per_s, linked_per_s: round(hosts / usage.seconds), linking: usage };
}
