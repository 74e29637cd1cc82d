import { emptyVerdict, judge, recordOf } from '../support/stack/ledger-check.ts';
import { recordFolder } from '../support/stack/storm.ts';
import type { Bench } from './bench.ts';
import { figure } from './figure.ts';
import { closeSessions, newestEvent, openTerminal } from './support/terminals.ts';

const ROUNDS = { quick: 1, full: 5 };
const PER_ROUND = { quick: 20, full: 60 };

/** Messages that all come at once for one pane; each is a turn of its own there. */
export const throughput: Bench = {
  name: 'pane_rate',
  about: 'messages per second into one real pane',
  async run(ground) {
    const size = ground.quick ? 'quick' : 'full';
    const stack = await ground.stack('postgres');
    const terminal = await openTerminal(stack, stack.hosts[1]!);
    const rates: number[] = [];
    // The first round is not counted: connections are made, and code is compiled.
    for (let round = -1; round < ROUNDS[size]; round++) {
      const after = newestEvent(stack);
      const waiting = new Set<unknown>();
      const texts = Array.from({ length: PER_ROUND[size] }, (_, n) => `round ${round} message ${n}`);
      const began = performance.now();
      const sent = Promise.all(
        texts.map((text) => stack.client.terminals.send({ params: { id: terminal.id }, body: { text } })),
      );
      await stack.event('the last one is accepted', (event) => {
        if (event.id > after && event.kind === 'message.accepted' && event.terminal_id === terminal.id)
          waiting.add(event.data.message_id);
        return waiting.size === texts.length;
      });
      const rate = texts.length / ((performance.now() - began) / 1000);
      if (round >= 0) rates.push(rate);
      await sent;
    }
    const { messages } = await stack.client.terminals.messages({
      params: { id: terminal.id },
      query: { limit: 500 },
    });
    const verdict = emptyVerdict();
    judge(verdict, messages, recordOf(recordFolder(stack), terminal.id), false);
    const wrong = [verdict.doubled, verdict.lost, verdict.reordered, verdict.deadButTaken].flat().length;
    await closeSessions(stack, [terminal.session]);
    return [
      figure('pane_rate', '/s', rates, { p50: 20, floor: true }),
      figure('pane_rate_faults', 'count', [wrong + verdict.dead + verdict.open], { p99: 0 }),
    ];
  },
};
