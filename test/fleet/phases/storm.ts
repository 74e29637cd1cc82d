import { now } from '../../support/fleet/protocol.ts';
import { countOf, type Fleet, orderAll, seenByAll, until } from '../fleet.ts';
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

/** kill -9 of one api, which is started again at once, as a supervisor would; half of the CLIs begin a turn meanwhile. */
export async function storm(fleet: Fleet): Promise<Storm> {
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
    await Promise.all([back, allTrue, untilLinked()]);
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
    const truth = Object.assign({}, ...(await orderAll(fleet, 'turn', { odd }))) as Record<string, string>;
    await fleet.observer.query('create temp table if not exists truth (id text primary key, status text)');
    await fleet.observer.query('truncate truth');
    await fleet.observer.query('insert into truth select * from unnest($1::text[], $2::text[])', [
      Object.keys(truth),
      Object.values(truth),
    ]);
  }
  function untilTrue(): Promise<void> {
    const wrong = `(select count(*) from terminals join truth using (id)
      where terminals.status <> truth.status or lifecycle <> 'live')`;
    return until('every terminal has its true status', async () => (await countOf(fleet, wrong)) === 0);
  }
  function untilLinked(): Promise<void> {
    const { hosts } = fleet.options;
    const linked = async () =>
      (await orderAll(fleet, 'count', null)).reduce((sum, counted) => sum + counted.linked, 0);
    return until('every host is linked', async () => (await linked()) === hosts);
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
