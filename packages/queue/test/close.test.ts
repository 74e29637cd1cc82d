import { describe, expect, it } from 'vitest';
import { backends, bell, CLOSE_MS, open, recorder, timed } from './backends.ts';
import { startServer } from './server.ts';

const mail = bell('mail');

// Each of its own servers, beside the others: most of this is waiting.
describe.concurrent.each(backends)('closing on $name', ({ fresh, fragile, lingersMs = 0 }) => {
  it('lets a running handler end, and takes no more bells', { concurrent: false }, async () => {
    await using backend = await fresh();
    await using queues = await open(backend);
    const started = recorder<string>();
    const go = Promise.withResolvers<void>();
    const server = await queues.serve('host-a', [mail], async (_kind, id) => {
      started.note(id);
      await go.promise;
      started.note(`${id} done`);
    });
    await queues.ring('host-a', mail, 't1');
    await started.until(1);
    const closing = server.close();
    await queues.ring('host-a', mail, 't2');
    go.resolve();
    await closing;
    expect(started.seen).toEqual(['t1', 't1 done']);
    await queues.serve('host-a', [mail], async (_kind, id) => started.note(id));
    expect((await started.until(3))[2]).toBe('t2');
  });

  it('gives the bell of a hung handler back at once: the next server gets it without waiting for a lock', {
    concurrent: false,
  }, async () => {
    await using backend = await fresh();
    await using queues = await open(backend);
    const calls = recorder<string>();
    const reasons = recorder<string>();
    const once = bell('mail', { attempts: 1 });
    const server = await queues.serve('host-a', [once], (_kind, _id, signal) => {
      calls.note('first');
      signal.addEventListener('abort', () => reasons.note(String(signal.reason)));
      return new Promise(() => {});
    });
    await queues.ring('host-a', once, 't1');
    await calls.until(1);
    expect(await timed(Promise.all([server.close(), server.close()]))).toBeLessThan(CLOSE_MS);
    expect(reasons.seen).toEqual(['Error: the server closes']);
    await queues.serve('host-a', [once], async () => calls.note('second'));
    const waited = await timed(calls.until(2));
    expect(waited).toBeLessThan(5_000); // a lock that was kept would cost 10 s
  });

  it('closes everything at once and is done when it says so; rings after it are refused', {
    concurrent: false,
  }, async () => {
    await using backend = await fresh();
    const queues = await open(backend);
    const calls = recorder<string>();
    for (const host of ['host-a', 'host-b', 'host-c']) {
      await queues.serve(host, [mail], () => {
        calls.note(host);
        return new Promise(() => {});
      });
      await queues.ring(host, mail, 't1');
    }
    await queues.every('sweep', bell('sweep'), 'all', 60_000);
    await calls.until(3);
    expect(await timed(Promise.all([queues.close(), queues.close()]))).toBeLessThan(CLOSE_MS);
    expect(await queues.ring('host-a', mail, 't1')).toBe(false);
    await expect(queues.serve('host-a', [mail], async () => {})).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('is bounded although the backend is gone and a handler hangs', { concurrent: false }, async () => {
    await using backend = await fragile();
    const queues = await open(backend);
    const calls = recorder<string>();
    await queues.serve('host-a', [mail], () => {
      calls.note('hangs');
      return new Promise(() => {});
    });
    await queues.serve('host-b', [mail], async () => {});
    await queues.ring('host-a', mail, 't1');
    await calls.until(1);
    await backend.stop();
    expect(await timed(queues.close())).toBeLessThan(CLOSE_MS);
  });

  it.each(['is there', 'is gone'])(
    'leaves nothing that keeps a process alive when the backend %s',
    async (how) => {
      await using backend = await fragile();
      await using queues = await open(backend);
      await using server = startServer(backend.backend);
      await queues.ring('host-a', mail, 't1');
      await server.taken();
      if (how === 'is gone') await backend.stop();
      const exited = server.close();
      expect(await timed(exited)).toBeLessThan(CLOSE_MS + lingersMs + 1_000);
      expect(await exited).toEqual([0, null]);
    },
  );
});
