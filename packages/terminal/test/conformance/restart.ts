import { describe, expect, it } from 'vitest';
import type { Bench } from '../conformance.ts';
import { next } from '../support/events.ts';
import { bracketed, newId, SESSION, startRecorder } from '../support/harness.ts';

export function restartBehaviour(get: () => Bench): void {
  describe('after a restart of the process', () => {
    it('panes, cursors and paste modes are found again, and delivery goes on', async () => {
      const { harness, server } = get();
      const on = await startRecorder(harness, server);
      const off = await startRecorder(harness, server, { paste: false });
      await server.deliver(on.pane, { prev: 0, seq: 1, text: 'before' });
      await server.stop();
      const restarted = harness.open();
      const found = next(restarted, 'bracketed', (event) => event.id === on.pane.id);
      const foundOff = next(restarted, 'bracketed', (event) => event.id === off.pane.id);
      await restarted.start();
      try {
        expect((await restarted.list()).find(({ id }) => id === on.pane.id)).toMatchObject({
          pane: on.pane.pane,
          pid: on.pane.pid,
          seq: 1,
          sent: 0,
        });
        expect((await found)[0].on).toBe(true);
        expect((await foundOff)[0].on).toBe(false);
        expect(await restarted.submit(on.pane, { prev: 0, seq: 1 })).toEqual({ ok: true });
        await on.receives(`${bracketed('before')}\r`);
        const refused = await restarted.deliver(off.pane, { prev: 0, seq: 1, text: 'x' });
        expect(refused).toMatchObject({ ok: false, reason: 'no_bracketed_paste' });
      } finally {
        await restarted.stop();
        await server.start();
      }
    });

    it('a birth that was done before is adopted', async () => {
      const { harness, server } = get();
      const birth = { session: SESSION, id: newId(), epoch: 3, argv: ['/bin/cat'] };
      const first = await server.birth(birth);
      await server.stop();
      const restarted = harness.open();
      await restarted.start();
      try {
        expect(await restarted.birth(birth)).toMatchObject({
          pane: first.pane,
          pid: first.pid,
          adopted: true,
        });
      } finally {
        await restarted.stop();
        await server.start();
      }
    });

    it('a stopped server refuses, and says so', async () => {
      const { harness } = get();
      await expect(harness.open().list()).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
}
