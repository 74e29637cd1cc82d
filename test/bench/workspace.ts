import type { Bench } from './bench.ts';
import { figure } from './figure.ts';
import { launch } from './launch.ts';
import { largeRepository } from './support/large-repository.ts';
import { closeSessions, untilStatus } from './support/terminals.ts';

const FULL_MB = 1024;
const QUICK_MB = 64;

export const workspace: Bench = {
  name: 'workspace',
  about: `launch in a worktree of a ${FULL_MB} MB repository: its host has it, or fetches it first`,
  async run(ground) {
    const megabytes = ground.quick ? QUICK_MB : FULL_MB;
    ground.note(`making a repository of ${megabytes} MB, which takes a while`);
    using repository = await largeRepository(megabytes);
    ground.note(`a checkout writes ${repository.files} files, a fifth of it; the rest is history`);
    const stack = await ground.stack('postgres');
    const wish = { host: stack.hosts[0]!.name, repo: repository.url };
    const cold: number[] = [];
    const warm: number[] = [];
    for (let n = 0; n < (ground.quick ? 3 : 8); n++) {
      // What is warm still has something to fetch.
      await repository.commit();
      const { id, session, ms } = await launch(stack, wish);
      await untilStatus(stack, id, 'idle');
      (n === 0 ? cold : warm).push(ms);
      await closeSessions(stack, [session]);
      await stack.client.workspaces.remove({ params: { id }, query: {} });
    }
    return [
      figure('workspace_warm', 'ms', warm, { p50: 3_000, p99: 3_000 }),
      figure('workspace_cold', 'ms', cold),
    ];
  },
};
