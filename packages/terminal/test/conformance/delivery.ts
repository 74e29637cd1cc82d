import { describe, expect, it } from 'vitest';
import type { Bench } from '../conformance.ts';
import { bracketed, startRecorder } from '../support/harness.ts';

const NASTY = `; ' " $HOME \\ #{pane_id} #(id) ~ {x} %begin -- \`id\` 漢字 é 😀\n\ttab\n-last ;`;

export function deliveryBehaviour(get: () => Bench): void {
  describe('a delivery', () => {
    it('pastes the text as one bracketed paste, and a submit presses Return', async () => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server);
      expect(await server.deliver(pane, { prev: 0, seq: 1, text: 'hello\nworld' })).toEqual({ ok: true });
      await receives(bracketed('hello\nworld'));
      expect(await server.submit(pane, { prev: 0, seq: 1 })).toEqual({ ok: true });
      await receives(`${bracketed('hello\nworld')}\r`);
      expect((await server.list()).find(({ id }) => id === pane.id)).toMatchObject({ seq: 1, sent: 1 });
    });

    it.each([
      ['nothing that has a meaning for tmux or a shell', NASTY],
      ['a text that begins with a dash', '-p -t %0'],
      ['20 KB', 'déjà vu '.repeat(2_300)],
      ['256 KB', `${'x'.repeat(1023)}\n`.repeat(256)],
    ])('brings %s to the byte', async (_name, text) => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server);
      expect(await server.deliver(pane, { prev: 0, seq: 5, text })).toEqual({ ok: true });
      await receives(bracketed(text));
    });

    it('goes on from a cursor with holes', async () => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server);
      await server.deliver(pane, { prev: 0, seq: 3, text: 'three' });
      await server.submit(pane, { prev: 0, seq: 3 });
      expect(await server.deliver(pane, { prev: 3, seq: 9, text: 'nine' })).toEqual({ ok: true });
      expect(await server.submit(pane, { prev: 3, seq: 9 })).toEqual({ ok: true });
      await receives(`${bracketed('three')}\r${bracketed('nine')}\r`);
    });

    it('asked for twice at the same time happens once', async () => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server);
      const message = { prev: 0, seq: 1, text: 'once' };
      const results = await Promise.all([server.deliver(pane, message), server.deliver(pane, message)]);
      expect(results.filter((result) => result.ok)).toHaveLength(1);
      await server.submit(pane, { prev: 0, seq: 1 });
      await receives(`${bracketed('once')}\r`);
    });

    it('to two terminals with the same seq gives each its own text', async () => {
      const { harness, server } = get();
      const a = await startRecorder(harness, server);
      const b = await startRecorder(harness, server);
      await Promise.all([
        server.deliver(a.pane, { prev: 0, seq: 1, text: 'for a' }),
        server.deliver(b.pane, { prev: 0, seq: 1, text: 'for b' }),
      ]);
      await a.receives(bracketed('for a'));
      await b.receives(bracketed('for b'));
    });
  });

  describe('a second Return', () => {
    it('is pressed only for a text that was submitted', async () => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server);
      await server.deliver(pane, { prev: 0, seq: 1, text: 'x' });
      expect(await server.resubmit(pane, { seq: 1 })).toMatchObject({ ok: false, reason: 'unsent' });
      await server.submit(pane, { prev: 0, seq: 1 });
      expect(await server.resubmit(pane, { seq: 1 })).toEqual({ ok: true });
      await receives(`${bracketed('x')}\r\r`);
    });
  });

  describe('a settled cursor', () => {
    it('lets the next text in although the last was never submitted', async () => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server);
      await server.deliver(pane, { prev: 0, seq: 1, text: 'removed' });
      await server.settleCursor(pane, { seq: 1 });
      expect(await server.deliver(pane, { prev: 1, seq: 2, text: 'next' })).toEqual({ ok: true });
      await receives(bracketed('removed') + bracketed('next'));
    });

    it('is refused for another seq than the pane has', async () => {
      const { harness, server } = get();
      const { pane } = await startRecorder(harness, server);
      await expect(server.settleCursor(pane, { seq: 4 })).rejects.toMatchObject({ code: 'conflict' });
    });
  });
}
