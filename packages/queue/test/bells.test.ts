import { describe, expect, it } from 'vitest';
import { NotNow } from '../src/index.ts';
import { backends, bell, open, recorder } from './backends.ts';

const mail = bell('mail');
const fence = bell('fence');

describe.each(backends)('bells on $name', ({ fresh }) => {
  it('reach the handler with their kind and id, also when rung before anybody served', async () => {
    await using backend = await fresh();
    await using queues = await open(backend);
    const calls = recorder<string>();
    expect(await queues.ring('host-a', mail, 't1')).toBe(true);
    await queues.serve('host-a', [mail, fence], async (kind, id) => calls.note(`${kind} ${id}`));
    await queues.ring('host-a', fence, 'after');
    expect((await calls.until(2)).sort()).toEqual(['fence after', 'mail t1']);
  });

  it('stay in their queue', async () => {
    await using backend = await fresh();
    await using queues = await open(backend);
    const calls = recorder<string>();
    for (const queue of ['host-a', 'host-b']) {
      await queues.serve(queue, [mail], async (_kind, id) => calls.note(`${queue} ${id}`));
    }
    await Promise.all([queues.ring('host-a', mail, 'ta'), queues.ring('host-b', mail, 'tb')]);
    expect((await calls.until(2)).sort()).toEqual(['host-a ta', 'host-b tb']);
  });

  it('that ring ten times while waiting are handled once', async () => {
    await using backend = await fresh();
    await using queues = await open(backend);
    const calls = recorder<string>();
    for (let n = 0; n < 10; n++) await queues.ring('host-a', mail, 't1');
    await queues.ring('host-a', fence, 'last');
    await queues.serve('host-a', [mail, fence], async (kind) => calls.note(kind), { concurrency: 1 });
    expect(await calls.until(2)).toEqual(['mail', 'fence']);
  });

  it('that ring while they are handled are handled again afterwards', async () => {
    await using backend = await fresh();
    await using queues = await open(backend);
    const started = recorder<string>();
    const go = Promise.withResolvers<void>();
    let running = 0;
    let most = 0;
    await queues.serve('host-a', [mail], async (_kind, id) => {
      most = Math.max(most, ++running);
      started.note(id);
      await go.promise;
      running--;
    });
    await queues.ring('host-a', mail, 't1');
    await started.until(1);
    for (let n = 0; n < 5; n++) expect(await queues.ring('host-a', mail, 't1')).toBe(true);
    go.resolve();
    await started.until(2);
    expect(most).toBe(1);
  });

  it('ring anew for the same id once handled, and after they failed for good', async () => {
    await using backend = await fresh();
    await using queues = await open(backend);
    const calls = recorder<number>();
    const doomed = bell('mail', { attempts: 1 });
    await queues.serve('host-a', [doomed], async () => {
      calls.note(calls.seen.length);
      if (calls.seen.length === 2) throw new Error('this one fails');
    });
    for (let n = 1; n <= 3; n++) {
      // A ring during the few milliseconds of settling is kept as well, so each of them is handled.
      await queues.ring('host-a', doomed, 't1');
      await calls.until(n);
    }
    expect(calls.seen).toHaveLength(3);
  });

  it('are rung again after an error, as often as they allow and no more', async () => {
    await using backend = await fresh();
    await using queues = await open(backend);
    const calls = recorder<string>();
    const stubborn = bell('mail', { attempts: 2 });
    await queues.serve('host-a', [stubborn, fence], async (kind) => {
      calls.note(kind);
      throw new Error('never works');
    });
    await queues.ring('host-a', stubborn, 't1');
    await calls.until(2);
    // Had it a third attempt, it would come before the third of a bell rung later.
    await queues.ring('host-a', fence, 'f1');
    expect((await calls.until(5)).filter((kind) => kind === 'mail')).toHaveLength(2);
  });

  it('wait for their retry, and a new ring ends the wait', async () => {
    await using backend = await fresh();
    await using queues = await open(backend);
    const calls = recorder<number>();
    await queues.serve('host-a', [mail], async () => {
      calls.note(performance.now());
      if (calls.seen.length === 1) throw new NotNow(600_000);
    });
    await queues.ring('host-a', mail, 't1');
    await calls.until(1);
    // The first run may still be settling, then this ring waits with it: ring until it is heard.
    const heard = calls.until(2).then(() => true);
    while (!(await Promise.race([heard, queues.ring('host-a', mail, 't1').then(() => false)]))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(calls.seen.length).toBeGreaterThanOrEqual(2);
  });

  it('that say "not now" use no attempt and come back after the time they name', async () => {
    await using backend = await fresh();
    await using queues = await open(backend);
    const calls = recorder<number>();
    const once = bell('mail', { attempts: 1 });
    await queues.serve('host-a', [once], async () => {
      calls.note(performance.now());
      if (calls.seen.length < 4) throw new NotNow(100);
    });
    await queues.ring('host-a', once, 't1');
    const times = await calls.until(4);
    const pauses = times.slice(1).map((time, n) => time - times[n]!);
    for (const pause of pauses) expect(pause).toBeGreaterThanOrEqual(90); // clocks of two processes, whole milliseconds
  });

  it('with a handler that hangs are given up at their deadline and rung again, and hold up nobody', async () => {
    await using backend = await fresh();
    await using queues = await open(backend);
    const calls = recorder<string>();
    const aborted = recorder<unknown>();
    const slow = bell('mail', { deadlineMs: 300, attempts: 2 });
    await queues.serve('host-a', [slow], (_kind, id, signal) => {
      calls.note(id);
      signal.addEventListener('abort', () => aborted.note(signal.reason));
      return id === 'hung' ? new Promise(() => {}) : Promise.resolve();
    });
    await queues.ring('host-a', slow, 'hung');
    await calls.until(1);
    await queues.ring('host-a', slow, 'other');
    expect(await calls.until(2)).toEqual(['hung', 'other']);
    expect(await calls.until(3)).toEqual(['hung', 'other', 'hung']);
    expect(String((await aborted.until(1))[0])).toMatch(/mail hung took longer than 300 ms/);
    await aborted.until(2);
    await queues.ring('host-a', slow, 'hung');
    await calls.until(4);
  });

  it('of a kind that the server does not know are given up, the others are handled', async () => {
    await using backend = await fresh();
    await using queues = await open(backend);
    const calls = recorder<string>();
    await queues.ring('host-a', bell('newer'), 't1');
    await queues.ring('host-a', mail, 't1');
    await queues.serve('host-a', [mail], async (kind) => calls.note(kind), { concurrency: 1 });
    expect(await calls.until(1)).toEqual(['mail']);
  });

  it.each(['', '7', '0012', 'a:b', 'a b', '../x', 'ä'])('refuse the id or queue %j', async (id) => {
    await using backend = await fresh();
    await using queues = await open(backend);
    await expect(queues.ring('host-a', mail, id)).rejects.toMatchObject({ code: 'bad_request' });
    await expect(queues.ring(id, mail, 't1')).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('run as many at once as the server allows', async () => {
    await using backend = await fresh();
    await using queues = await open(backend);
    const started = recorder<string>();
    const go = Promise.withResolvers<void>();
    await queues.serve('host-a', [mail], async (_kind, id) => {
      started.note(id);
      await go.promise;
    });
    for (let n = 0; n < 40; n++) await queues.ring('host-a', mail, `t${n}`);
    expect(await started.until(32)).toHaveLength(32);
    go.resolve();
    expect(new Set(await started.until(40)).size).toBe(40);
  });

  it('ring by the clock for everyone together, however many asked', async () => {
    await using backend = await fresh();
    await using first = await open(backend);
    await using second = await open(backend);
    const calls = recorder<number>();
    for (const queues of [first, second]) {
      await queues.serve('sweep', [bell('sweep')], async () => calls.note(performance.now()));
      await queues.every('sweep', bell('sweep'), 'all', 500);
    }
    const times = await calls.until(5);
    expect(times[4]! - times[0]!).toBeGreaterThan(1_200); // two clocks would need 1,000 ms for five
  });
});
