import { providerView } from '../../support/host-view.ts';
import { type FakeApi, startFakeApi } from './fake-api.ts';
import type { PageFiles } from './page-files.ts';
import { createWorld, type World } from './world.ts';

export interface Scene extends AsyncDisposable {
  readonly world: World;
  readonly api: FakeApi;
  /** A link that logs in once. */
  loginLink(scope?: string): string;
}

/** A fake api that serves the page, over an empty world. */
export async function setScene(page: PageFiles): Promise<Scene> {
  const world = createWorld();
  const api = await startFakeApi(world, page);
  let codes = 0;
  return {
    world,
    api,
    loginLink(scope = 'operator') {
      const code = `code-${++codes}`;
      api.codes.set(code, scope);
      return `${api.url}/login#${code}`;
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}

export const SUPERVISOR = 'a1b2c3d4';
export const WORKER = 'b2c3d4e5';
export const SCRIPTED = 'c3d4e5f6';

/** Two hosts, two sessions, a team at work. */
export function populate(world: World): void {
  world.host({
    id: 'aaaa0001',
    name: 'laptop',
    terminals: 2,
    providers: [
      providerView({ id: 'claude_code', title: 'Claude Code', version: '2.1.0' }),
      providerView({ id: 'scripted', title: 'Scripted', version: null, login: 'unknown' }),
    ],
  });
  world.host({
    id: 'aaaa0002',
    name: 'build-vm',
    terminals: 1,
    capacity: 40,
    labels: ['gpu', 'eu'],
    state: 'lost',
    lost_at: new Date(Date.now() - 7 * 60_000).toISOString(),
  });
  world.session({ name: 'cao-demo', conductor_id: SCRIPTED });
  world.session({ name: 'cao-payments', conductor_id: SUPERVISOR });
  const team = { session_name: 'cao-payments', host_id: 'aaaa0001', host_name: 'laptop' };
  world.terminal('terminal.live', {
    ...team,
    id: SUPERVISOR,
    agent_profile: 'code_supervisor',
    status: 'processing',
    working_directory: '/home/ada/payments',
  });
  world.terminal('terminal.live', {
    ...team,
    id: WORKER,
    agent_profile: 'developer',
    caller_id: SUPERVISOR,
    status: 'waiting_user_answer',
    status_evidence: 'Claude asks: may it run `npm test`?',
  });
  world.terminal('terminal.live', {
    id: SCRIPTED,
    agent_profile: 'reviewer',
    provider: 'scripted',
    status: 'completed',
    host_id: 'aaaa0001',
    host_name: 'laptop',
  });
  world.message('message.accepted', {
    terminal_id: WORKER,
    sender: SUPERVISOR,
    kind: 'assign',
    state: 'accepted',
    text: 'Make the refund test deterministic, then say which clock it used.',
  });
}
