// Delivers and submits numbered texts to one pane, from the pane's own cursor up to a given seq, and then ends.
// usage: deliverer.ts <order as JSON>. Writes `paste n` and `submit n` lines, and `stuck <reason>` at a dead end.
import { armFailpoints, silentLogger } from '@cao/runtime';
import { openTmux, type PaneRef } from '@cao/terminal';
import { textOf } from '../support/texts.ts';

interface Order {
  readonly socket: string;
  readonly pane: PaneRef;
  readonly last: number;
  readonly failpoints: string;
}

const order = JSON.parse(process.argv[2] ?? '{}') as Order;
const { pane, last } = order;
armFailpoints(order.failpoints);
const path = '/usr/local/bin:/usr/bin:/bin';
const server = openTmux({ socket: { path: order.socket }, home: '/', path, log: silentLogger });
const say = (line: string) => process.stdout.write(`${line}\n`);

// Anything that may end a refusal wakes the loop.
let wake = Promise.withResolvers<void>();
for (const event of ['bracketed', 'mode', 'gone', 'dead'] as const) server.on(event, () => wake.resolve());

await server.start();
for (;;) {
  wake = Promise.withResolvers();
  const state = (await server.list()).find((listed) => listed.pane === pane.pane);
  if (!state || state.dead) {
    say(`stuck ${state ? 'dead' : 'no_pane'}`);
    break;
  }
  if (state.sent === last) break;
  const step = state.sent === state.seq ? 'paste' : 'submit';
  const seq = step === 'paste' ? state.seq + 1 : state.seq;
  const result =
    step === 'paste'
      ? await server.deliver(pane, { prev: state.seq, seq, text: textOf(seq) })
      : await server.submit(pane, { prev: state.sent, seq });
  if (result.ok) say(`${step} ${seq}`);
  else if (['copy_mode', 'input_off', 'no_bracketed_paste'].includes(result.reason)) {
    say(`waits ${result.reason}`);
    await wake.promise;
  }
}
await server.stop();
