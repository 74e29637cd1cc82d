import type { TerminalServer } from '@cao/terminal';
import { afterAll, beforeAll } from 'vitest';
import { birthBehaviour } from './conformance/birth.ts';
import { deliveryBehaviour } from './conformance/delivery.ts';
import { eventBehaviour } from './conformance/events.ts';
import { keyBehaviour } from './conformance/keys.ts';
import { refusalBehaviour } from './conformance/refusals.ts';
import { restartBehaviour } from './conformance/restart.ts';
import { viewBehaviour } from './conformance/views.ts';
import type { Harness } from './support/harness.ts';

export interface Bench {
  readonly harness: Harness;
  readonly server: TerminalServer;
}

/** What every TerminalServer does. Run by `tmux.test.ts` and `fake.test.ts`. */
export function terminalConformance(makeHarness: () => Harness): void {
  let bench: Bench | undefined;
  const get = (): Bench => {
    if (!bench) throw new Error('the bench is used before its beforeAll');
    return bench;
  };
  beforeAll(async () => {
    const harness = makeHarness();
    bench = { harness, server: harness.open() };
    await bench.server.start();
  });
  afterAll(async () => {
    await bench?.server.kill();
    await bench?.harness.dispose();
  });
  birthBehaviour(get);
  deliveryBehaviour(get);
  refusalBehaviour(get);
  keyBehaviour(get);
  viewBehaviour(get);
  eventBehaviour(get);
  restartBehaviour(get);
}
