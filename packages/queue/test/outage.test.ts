import { type Logger, silentLogger } from '@cao/runtime';
import { describe, expect, it } from 'vitest';
import { backends, bell, open, recorder, ringUntilTaken } from './backends.ts';

const mail = bell('mail');

// Each of its own servers, beside the others: most of this is waiting.
describe.concurrent.each(backends)('an outage of $name', ({ fragile }) => {
  it('makes a ring false at once and readiness fail; afterwards rings and servers go on by themselves', {
    concurrent: false,
  }, async () => {
    await using backend = await fragile();
    await using queues = await open(backend);
    const calls = recorder<string>();
    await queues.serve('host-a', [mail], async (_kind, id) => calls.note(id));
    await queues.ring('host-a', mail, 'before');
    await calls.until(1);

    await backend.stop();
    for (let n = 0; n < 5; n++) {
      const start = performance.now();
      expect(await queues.ring('host-a', mail, 'during')).toBe(false);
      expect(performance.now() - start).toBeLessThan(700);
    }
    await expect(queues.ping()).rejects.toMatchObject({ code: 'unavailable' });

    await backend.start();
    await ringUntilTaken(() => queues.ring('host-a', mail, 'after'));
    const back = performance.now();
    while (!calls.seen.includes('after')) await calls.until(calls.seen.length + 1);
    expect(performance.now() - back).toBeLessThan(5_000);
    await queues.ping();
  });

  it('in the middle of a handler ends with the bell handled, if need be twice', {
    concurrent: false,
  }, async () => {
    await using backend = await fragile();
    await using queues = await open(backend);
    const calls = recorder<string>();
    const go = Promise.withResolvers<void>();
    await queues.serve('host-a', [mail], async (_kind, id) => {
      calls.note(id);
      await go.promise;
    });
    await queues.ring('host-a', mail, 't1');
    await calls.until(1);
    await backend.stop();
    go.resolve();
    await backend.start();
    await ringUntilTaken(() => queues.ring('host-a', mail, 't2'));
    while (!calls.seen.includes('t2')) await calls.until(calls.seen.length + 1);
    // Its completion arrived with the outage over, or its lock ran out and it ran again: both leave it ringable.
    const before = calls.seen.length;
    await queues.ring('host-a', mail, 't1');
    await calls.until(before + 1);
  });

  it('that wipes everything harms nobody: running bells end, new ones ring, the clock is wound up again', {
    concurrent: false,
  }, async () => {
    await using backend = await fragile();
    await using queues = await open(backend);
    const calls = recorder<string>();
    const ticks = recorder<string>();
    const go = Promise.withResolvers<void>();
    await queues.serve('host-a', [mail], async (_kind, id) => {
      calls.note(id);
      if (id === 'running') await go.promise;
    });
    await queues.serve('sweep', [bell('sweep')], async () => ticks.note('tick'));
    await queues.every('sweep', bell('sweep'), 'all', 500);
    await queues.ring('host-a', mail, 'running');
    await calls.until(1);
    await ticks.until(1);

    await backend.wipe();
    go.resolve();
    const ticked = ticks.seen.length;
    let rings = 1;
    const ring = (id: string) => {
      rings++;
      return queues.ring('host-a', mail, id);
    };
    // On a busy machine a ring may take longer than it is waited for: then it is rung again.
    await ringUntilTaken(() => ring('running'));
    await ringUntilTaken(() => ring('new'));
    const times = (id: string) => calls.seen.filter((seen) => seen === id).length;
    while (times('running') < 2 || times('new') < 1) await calls.until(calls.seen.length + 1);
    expect(calls.seen.length).toBeLessThanOrEqual(rings);
    await ticks.until(ticked + 3);
  });

  it('is told in a line per cause, not in thousands', { concurrent: false }, async () => {
    await using backend = await fragile();
    const lines: string[] = [];
    const warn: Logger['warn'] = (_fields: unknown, message?: string) => void lines.push(message ?? '');
    const counting: Logger = Object.assign(Object.create(silentLogger) as Logger, {
      warn,
      child: () => counting,
    });
    await using queues = await open(backend, counting);
    for (const host of ['host-a', 'host-b']) await queues.serve(host, [mail], async () => {});
    await queues.ring('host-a', mail, 't1');
    await backend.stop();
    const over = performance.now() + 3_000;
    while (performance.now() < over) {
      await queues.ring('host-a', mail, 't1');
      // A refusal may come without one turn of the event loop, in which the libraries report, and the other backends' tests go on.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(20);
  });
});
