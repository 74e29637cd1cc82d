import type { Stack } from '../support/stack/with-stack.ts';
import type { Bench } from './bench.ts';
import { figure } from './figure.ts';
import { runs } from './support/processes.ts';
import { closeSessions, newSessionName, untilLive, untilStatus } from './support/terminals.ts';

/** A pane whose program has not appeared by then has none. Units: ms. */
const PROCESS_MS = 10_000;
const AT_ONCE = 15;
/** A first clone may take its time. Units: ms. */
const CLONE_MS = 900_000;

/** Starts one terminal, wherever it fits unless told otherwise. @returns ms until the row is live and the CLI's process is there. */
export async function launch(
  stack: Stack,
  where: { readonly host?: string; readonly repo?: string } = {},
): Promise<{ id: string; session: string; ms: number }> {
  const began = performance.now();
  const { session, terminal } = await stack.client.sessions.create({
    body: { agent_profile: 'developer', provider: 'scripted', session_name: newSessionName(), ...where },
  });
  await untilLive(stack, terminal.id, where.repo ? CLONE_MS : undefined);
  // Its log lies in a folder of its own, whose name is in its arguments.
  for (const late = performance.now() + PROCESS_MS; !runs(`/terminals/${terminal.id}-1/`); )
    if (performance.now() > late) throw new Error(`no process for terminal ${terminal.id}`);
    else await new Promise(setImmediate);
  return { id: terminal.id, session: session.name, ms: performance.now() - began };
}

export const launchOne: Bench = {
  name: 'launch',
  about: 'request → CLI process in its pane',
  async run(ground) {
    const stack = await ground.stack('postgres');
    const samples: number[] = [];
    for (let n = -1; n < (ground.quick ? 3 : 20); n++) {
      const { id, session, ms } = await launch(stack);
      await untilStatus(stack, id, 'idle');
      await closeSessions(stack, [session]);
      if (n >= 0) samples.push(ms);
    }
    return [figure('launch', 'ms', samples, { p50: 300 })];
  },
};

export const launchMany: Bench = {
  name: 'launch_15',
  about: `${AT_ONCE} launches at once, until the last one's process is there`,
  async run(ground) {
    const stack = await ground.stack('postgres');
    const samples: number[] = [];
    for (let n = 0; n < (ground.quick ? 1 : 4); n++) {
      const began = performance.now();
      const all = await Promise.all(Array.from({ length: AT_ONCE }, () => launch(stack)));
      samples.push(performance.now() - began);
      await Promise.all(all.map(({ id }) => untilStatus(stack, id, 'idle')));
      await closeSessions(
        stack,
        all.map(({ session }) => session),
      );
    }
    return [figure('launch_15', 'ms', samples, { p50: 1_500 })];
  },
};
