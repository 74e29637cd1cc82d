import { silentLogger } from '@cao/runtime';
import { describe, expect, it } from 'vitest';
import { openQueues } from '../src/index.ts';
import { OPEN_DEADLINE_MS } from '../src/timing.ts';
import { backends, open } from './backends.ts';

describe.concurrent.each(backends)('a start without $name', ({ fragile }) => {
  it('waits for a backend that is itself starting', async () => {
    await using backend = await fragile();
    await backend.stop();
    const opening = open(backend);
    await backend.start();
    await using queues = await opening;
    await queues.ping();
  });

  it('is an error that says what could not be reached, in time', async () => {
    await using backend = await fragile();
    await backend.stop();
    const start = performance.now();
    await expect(openQueues({ backend: backend.backend, log: silentLogger })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`cannot open the ${backend.backend.kind} queue backend`),
    });
    expect(performance.now() - start).toBeLessThan(OPEN_DEADLINE_MS + 3_000);
  });
});
