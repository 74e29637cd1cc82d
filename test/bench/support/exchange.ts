import type { EventView } from '@cao/contracts';
import type { Stack } from '../../support/stack/with-stack.ts';
import { tapPane } from './pane-tap.ts';
import { type BenchTerminal, newestEvent, untilStatus } from './terminals.ts';

/** Times of messages sent one by one to an idle pane, from the start of each POST. Units: ms. */
export interface Exchange {
  /** Until the POST was answered. */
  readonly post: number[];
  /** Until the text was drawn in the pane. */
  readonly pane: number[];
  /** Until a subscriber heard that the CLI had taken it. */
  readonly accepted: number[];
}

const isAccepted =
  (id: string, after: number) =>
  (event: EventView): boolean =>
    event.id > after && event.kind === 'message.accepted' && event.terminal_id === id;

/** The first two are not counted: connections are made, and code is compiled. */
const WARM_UP = 2;

/** @param client to send by, where it is not to be the stack's first api. */
export async function exchange(
  stack: Stack,
  terminal: BenchTerminal,
  count: number,
  client = stack.client,
): Promise<Exchange> {
  const times: Exchange = { post: [], pane: [], accepted: [] };
  await using tap = await tapPane(stack, terminal);
  for (let n = -WARM_UP; n < count; n++) {
    const text = `bench-${terminal.id}-${n + WARM_UP}.`;
    const after = newestEvent(stack);
    const shown = tap.shows(text);
    const accepted = stack
      .event(`${text} is accepted`, isAccepted(terminal.id, after))
      .then((event) => ({ event, at: performance.now() }));
    const began = performance.now();
    await client.terminals.send({ params: { id: terminal.id }, body: { text } });
    const posted = performance.now();
    const [inPane, taken] = await Promise.all([shown, accepted]);
    await untilStatus(stack, terminal.id, 'completed', taken.event.id);
    if (n < 0) continue;
    times.post.push(posted - began);
    times.pane.push(inPane - began);
    times.accepted.push(taken.at - began);
  }
  return times;
}
