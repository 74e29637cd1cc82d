import { now } from '../../support/fleet/protocol.ts';
import { type Fleet, hearEvents, orderAll, seenByAll } from '../fleet.ts';
import { round, type Usage } from '../meters.ts';

/** Units: seconds, from the kill. */
export interface Storm {
  /** Hosts that lost their link. */
  readonly unlinked: number;
  readonly api_ready_s: number;
  readonly linked_s: number;
  readonly true_status_s: number;
  /** By second: dials that came to nothing, and hosts that were welcomed. */
  readonly failed_dials_per_s: readonly number[];
  readonly welcomed_per_s: readonly number[];
  readonly usage: Usage;
}

/** What is not true by then will not be. Units: ms. */
const GIVE_UP_MS = 600_000;

/** kill -9 of one api, which is started again at once, as a supervisor would; half of the CLIs begin a turn meanwhile. */
export async function storm(fleet: Fleet): Promise<Storm> {
  let truth: Record<string, string> = {};
  await turn(true);
  await untilTrue();
  await seenByAll(fleet);
  const [api] = fleet.cluster.apis;
  const began = now();
  const since = () => round((now() - began) / 1000);
  let ready = 0;
  let trueAt = 0;
  const { usage } = await fleet.meters.during(async () => {
    await api!.kill('SIGKILL');
    const back = api!.start().then(() => {
      ready = since();
    });
    await turn(false);
    const allTrue = untilTrue().then(() => {
      trueAt = since();
    });
    await Promise.all([back, allTrue, orderAll(fleet, 'linked', null)]);
  });
  const { failed, welcomed } = await seenByAll(fleet);
  return {
    unlinked: welcomed.length,
    api_ready_s: ready,
    linked_s: round((Math.max(...welcomed) - began) / 1000),
    true_status_s: trueAt,
    failed_dials_per_s: bySecond(failed),
    welcomed_per_s: bySecond(welcomed),
    usage,
  };

  /** What every terminal is from now on, for the observer to compare with. */
  async function turn(odd: boolean): Promise<void> {
    truth = Object.assign({}, ...(await orderAll(fleet, 'turn', { odd }))) as Record<string, string>;
  }
  /** Looks at all rows once, and from then on hears of what changes: to look again and again would take from what is looked at. */
  async function untilTrue(): Promise<void> {
    const told = new Map<string, string>();
    const isTrue = Promise.withResolvers<void>();
    let wrong: Set<string> | undefined;
    using _ = await hearEvents(fleet, ({ kind, terminal_id, data }) => {
      if (kind !== 'terminal.status' || !terminal_id) return;
      told.set(terminal_id, String(data?.status));
      if (data?.status === truth[terminal_id]) wrong?.delete(terminal_id);
      else wrong?.add(terminal_id);
      if (wrong?.size === 0) isTrue.resolve();
    });
    const { rows } = await fleet.observer.query<{ id: string; status: string }>(
      `select id, status from terminals where lifecycle = 'live'`,
    );
    const status = new Map([...rows.map((row) => [row.id, row.status] as const), ...told]);
    wrong = new Set(Object.keys(truth).filter((id) => status.get(id) !== truth[id]));
    AbortSignal.timeout(GIVE_UP_MS).addEventListener('abort', () =>
      isTrue.reject(new Error(`${wrong?.size} terminals did not come to their true status`)),
    );
    if (wrong.size === 0) isTrue.resolve();
    await isTrue.promise;
  }
  function bySecond(at: readonly number[]): number[] {
    const counts: number[] = [];
    for (const time of at) {
      const second = Math.max(0, Math.floor((time - began) / 1000));
      counts[second] = (counts[second] ?? 0) + 1;
    }
    return Array.from(counts, (count) => count ?? 0);
  }
}
