import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from './bench.ts';
import { figure } from './figure.ts';
import { type BenchTerminal, closeSessions, loopbackOf, openTerminal } from './support/terminals.ts';

const PER_HOST = 3;
/** What is not true again by then will not be. Units: ms. */
const GIVE_UP_MS = 40_000;
const LOOK_EVERY_MS = 25;

/**
 * The api is killed and at once started again, as a supervisor would. Meanwhile half of the CLIs begin a turn. Over
 * when both hosts are linked and every terminal shows what its CLI does.
 */
export const recovery: Bench = {
  name: 'recovery',
  about: 'kill -9 of the api → every terminal shows its true status',
  async run(ground) {
    const stack = await ground.stack('postgres');
    const terminals: BenchTerminal[] = [];
    for (let n = 0; n < PER_HOST; n++)
      terminals.push(...(await Promise.all(stack.hosts.map((host) => openTerminal(stack, host)))));

    const samples: number[] = [];
    for (let turn = 1; turn <= (ground.quick ? 1 : 4); turn++) {
      const truth = new Map<string, string>();
      const linkedBefore = await linkEpochs();
      const began = performance.now();
      await stack.api.kill('SIGKILL');
      const back = stack.api.start();
      for (const [n, terminal] of terminals.entries()) {
        const working = n % 2 === turn % 2;
        const now = working ? 'processing' : turn === 1 ? 'idle' : 'completed';
        truth.set(terminal.id, now);
        if (working) await tell(terminal, { hook_event_name: 'UserPromptSubmit', turn, prompt: 'bench' });
        else if (turn > 1)
          await tell(terminal, { hook_event_name: 'Stop', turn: turn - 1, last_assistant_message: 'done' });
      }
      await back;
      for (const late = began + GIVE_UP_MS; !(await isTrue(truth, linkedBefore)); await pause(LOOK_EVERY_MS))
        if (performance.now() > late) throw new Error(`not everything was true again after ${GIVE_UP_MS} ms`);
      samples.push((performance.now() - began) / 1000);
    }
    await closeSessions(
      stack,
      terminals.map(({ session }) => session),
    );
    return [figure('recovery', 's', samples, { p50: 5, p99: 5 })];

    async function linkEpochs(): Promise<Map<string, number>> {
      const { hosts } = await stack.client.hosts.list();
      return new Map(hosts.map((host) => [host.id, host.link_epoch]));
    }
    async function isTrue(
      truth: ReadonlyMap<string, string>,
      before: ReadonlyMap<string, number>,
    ): Promise<boolean> {
      const { hosts } = await stack.client.hosts.list();
      if (hosts.some((host) => host.state !== 'online' || host.link_epoch <= before.get(host.id)!))
        return false;
      const { terminals: rows } = await stack.client.terminals.list();
      return [...truth].every(([id, status]) =>
        rows.some((row) => row.id === id && row.lifecycle === 'live' && row.status === status),
      );
    }
  },
};

async function tell(terminal: BenchTerminal, body: Record<string, unknown>): Promise<void> {
  const { url, token } = loopbackOf(terminal);
  const answer = await fetch(`${url}/hooks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await answer.text();
  if (!answer.ok) throw new Error(`the hook was answered ${answer.status}`);
}
