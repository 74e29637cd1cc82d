import type { Bench } from './bench.ts';
import { figure } from './figure.ts';
import { closeSessions, loopbackOf, newestEvent, openTerminal, untilStatus } from './support/terminals.ts';

/** What the CLI says, as a hook of its own, until a person's live connection has heard it. */
export const status: Bench = {
  name: 'status',
  about: 'hook → status at a live subscriber',
  async run(ground) {
    const stack = await ground.stack('postgres');
    const terminal = await openTerminal(stack, stack.hosts[1]!);
    const { url, token } = loopbackOf(terminal);
    const hook = async (body: Record<string, unknown>) => {
      const answer = await fetch(`${url}/hooks`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`the hook was answered ${answer.status}`);
      await answer.text();
    };
    const tell = async (body: Record<string, unknown>, expected: string) => {
      const heard = untilStatus(stack, terminal.id, expected, newestEvent(stack)).then(() =>
        performance.now(),
      );
      const began = performance.now();
      await hook(body);
      return (await heard) - began;
    };
    const samples: number[] = [];
    for (let turn = 1; turn <= (ground.quick ? 15 : 100); turn++) {
      samples.push(await tell({ hook_event_name: 'UserPromptSubmit', turn, prompt: 'bench' }, 'processing'));
      samples.push(
        await tell({ hook_event_name: 'Stop', turn, last_assistant_message: 'done' }, 'completed'),
      );
    }
    await closeSessions(stack, [terminal.session]);
    return [figure('status', 'ms', samples.slice(2), { p50: 30 })];
  },
};
