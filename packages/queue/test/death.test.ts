import { describe, expect, it } from 'vitest';
import { LOCK_MS, STALLED_CHECK_MS } from '../src/timing.ts';
import { backends, bell, open, recorder } from './backends.ts';
import { startServer } from './server.ts';

const mail = bell('mail', { attempts: 1 });

describe.concurrent.each(backends)('a killed server on $name', ({ fresh }) => {
  it('loses nothing: its active bell is rung again when its lock ran out', async () => {
    await using backend = await fresh();
    await using queues = await open(backend);
    const server = startServer(backend.backend);
    try {
      await queues.ring('host-a', mail, 't1');
      expect(await server.taken()).toBe('t1');
    } finally {
      await server.kill();
    }
    const died = performance.now();
    const calls = recorder<string>();
    await queues.serve('host-a', [mail], async (_kind, id) => calls.note(id));
    // The bell of the dead holds this one back: that is why a reconcile never only rings.
    await queues.ring('host-a', mail, 't1');
    expect(await calls.until(1)).toEqual(['t1']);
    const waited = performance.now() - died;
    expect(waited).toBeLessThan(LOCK_MS + 2 * STALLED_CHECK_MS);
  });
});
