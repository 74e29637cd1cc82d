import { inParallel } from '../caller.ts';
import { countOf, type Fleet, untilNone } from '../fleet.ts';
import { round, type Usage } from '../meters.ts';

export interface Launch {
  readonly terminals: number;
  readonly placed_per_s: number;
  /** From request to CLI, of these at once, in a fleet that is otherwise full. */
  readonly at_once: { readonly terminals: number; readonly seconds: number };
  /** Hosts with more terminals than they have room for. */
  readonly over_committed: number;
  /** Terminals for which there is no room, and that wait with a reason. */
  readonly waiting: number;
  readonly usage: Usage;
}

const AT_ONCE = 15;
const LAUNCHING = 32;

/** Fills every host to the last place; what comes then has to wait. */
export async function launch(fleet: Fleet): Promise<Launch> {
  const places = fleet.options.hosts * fleet.options.terminals;
  const atOnce = Math.min(AT_ONCE, places);
  const running = () => countOf(fleet, `(select count(*) from terminals where status = 'idle')`);
  const start = async () => {
    const body = { agent_profile: 'developer', provider: 'scripted' };
    const { terminal } = await fleet.caller.call<{ terminal: { id: string } }>('POST', '/sessions', body);
    return terminal.id;
  };
  const fill = async (count: number, parallel: number) => {
    const wanted = (await running()) + count;
    await inParallel(count, parallel, async () => void (await start()));
    await untilNone(
      fleet,
      `${wanted} terminals are idle`,
      async () => wanted - (await running()),
      ({ kind, data }) => kind === 'terminal.status' && data?.status === 'idle',
    );
  };
  const { usage } = await fleet.meters.during(() => fill(places - atOnce, LAUNCHING));
  const began = performance.now();
  await fill(atOnce, atOnce);
  const seconds = round((performance.now() - began) / 1000);

  const surplus: string[] = [];
  await inParallel(atOnce, atOnce, async () => void surplus.push(await start()));
  const waits = () =>
    countOf(
      fleet,
      `(select count(*) from terminals where id = any($1) and host_id is null and reason is not null)`,
      [surplus],
    );
  await untilNone(
    fleet,
    `${surplus.length} terminals wait with a reason`,
    async () => surplus.length - (await waits()),
    ({ kind }) => kind === 'terminal.waiting',
  );
  const over = await countOf(
    fleet,
    `(select count(*) from hosts h where h.capacity <
       (select count(*) from terminals t where t.host_id = h.id and t.lifecycle <> 'closed'))`,
  );
  const waiting = await waits();
  await inParallel(surplus.length, atOnce, async (n) => {
    await fleet.caller.call('DELETE', `/terminals/${surplus[n]}`);
  });
  await untilNone(
    fleet,
    'what waited is closed',
    async () => Math.min(await waits(), (await open()) - places),
    ({ kind }) => kind === 'terminal.closed',
  );
  return {
    terminals: places,
    placed_per_s: round((places - atOnce) / usage.seconds),
    at_once: { terminals: atOnce, seconds },
    over_committed: over,
    waiting,
    usage,
  };

  function open(): Promise<number> {
    return countOf(fleet, `(select count(*) from terminals where lifecycle <> 'closed')`);
  }
}
