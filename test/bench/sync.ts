import type { Bench } from './bench.ts';
import { figure } from './figure.ts';
import { launch } from './launch.ts';
import { largeRepository } from './support/large-repository.ts';
import { closeSessions } from './support/terminals.ts';

const FULL_MB = 2048;
const QUICK_MB = 64;

export const sync: Bench = {
  name: 'sync',
  about: `links that end while their host fetches a repository of ${FULL_MB} MB`,
  async run(ground) {
    const megabytes = ground.quick ? QUICK_MB : FULL_MB;
    ground.note(`making a repository of ${megabytes} MB, which takes a while`);
    using repository = await largeRepository(megabytes);
    const stack = await ground.stack('postgres');
    const offline = () => stack.events.all().filter(({ kind }) => kind === 'host.offline').length;
    const before = offline();
    const { id, session, ms } = await launch(stack, { host: stack.hosts[0]!.name, repo: repository.url });
    const alarms = offline() - before;
    await closeSessions(stack, [session]);
    await stack.client.workspaces.remove({ params: { id }, query: {} });
    return [
      figure('sync_false_alarms', 'count', [alarms], { p50: 0, p99: 0 }),
      figure('sync_fetched', 'ms', [ms]),
    ];
  },
};
