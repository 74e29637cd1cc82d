import type { PaneRef, Refusal, TerminalServer } from '@cao/terminal';
import { describe, expect, it } from 'vitest';
import type { Bench } from '../conformance.ts';
import { next } from '../support/events.ts';
import { bracketed, startRecorder } from '../support/harness.ts';

const deliverIs = async (
  server: TerminalServer,
  pane: PaneRef,
  reason: Refusal,
  at = { prev: 0, seq: 1 },
) => {
  const result = await server.deliver(pane, { ...at, text: 'never' });
  expect(result).toMatchObject({ ok: false, reason });
  return result;
};

export function refusalBehaviour(get: () => Bench): void {
  describe('a delivery is refused, and nothing is typed,', () => {
    it('when it was done before: cursor_ahead, with the cursor', async () => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server);
      await server.deliver(pane, { prev: 0, seq: 1, text: 'a' });
      await server.submit(pane, { prev: 0, seq: 1 });
      const result = await deliverIs(server, pane, 'cursor_ahead');
      expect(result).toMatchObject({ state: { id: pane.id, epoch: 1, seq: 1, sent: 1 } });
      expect(await server.submit(pane, { prev: 0, seq: 1 })).toMatchObject({
        ok: false,
        reason: 'cursor_ahead',
      });
      await receives(`${bracketed('a')}\r`);
    });

    it('when one before it is missing: cursor_behind', async () => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server);
      await deliverIs(server, pane, 'cursor_behind', { prev: 1, seq: 2 });
      expect(await server.submit(pane, { prev: 0, seq: 1 })).toMatchObject({
        ok: false,
        reason: 'cursor_behind',
      });
      await receives('');
    });

    it('while the last text waits for its Return: unsent', async () => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server);
      await server.deliver(pane, { prev: 0, seq: 1, text: 'a' });
      await deliverIs(server, pane, 'unsent', { prev: 1, seq: 2 });
      await receives(bracketed('a'));
    });

    it('for another epoch: wrong_epoch', async () => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server, { epoch: 2 });
      await deliverIs(server, { ...pane, epoch: 1 }, 'wrong_epoch');
      await deliverIs(server, { ...pane, id: 'affffff0' }, 'wrong_epoch');
      await receives('');
    });

    it('for a pane that is no more: no_pane', async () => {
      const { harness, server } = get();
      const { pane } = await startRecorder(harness, server);
      await server.close(pane);
      expect(await deliverIs(server, pane, 'no_pane')).toMatchObject({ state: null });
      expect(await server.submit(pane, { prev: 0, seq: 1 })).toMatchObject({ ok: false, reason: 'no_pane' });
    });

    it('for a dead program: dead, and the server lives on', async () => {
      const { harness, server } = get();
      const { pane } = await startRecorder(harness, server);
      const bystander = await startRecorder(harness, server);
      await server.deliver(pane, { prev: 0, seq: 1, text: 'a' });
      const died = next(server, 'dead', ({ id }) => id === pane.id);
      process.kill(pane.pid, 'SIGTERM');
      await died;
      expect(await server.submit(pane, { prev: 0, seq: 1 })).toMatchObject({ ok: false, reason: 'dead' });
      expect(await server.resubmit(pane, { seq: 1 })).toMatchObject({ ok: false, reason: 'dead' });
      await server.settleCursor(pane, { seq: 1 });
      await deliverIs(server, pane, 'dead', { prev: 1, seq: 2 });
      await expect(server.keys(pane, ['Enter'])).rejects.toMatchObject({ code: 'conflict' });
      await expect(server.type(pane, Buffer.from('x'))).rejects.toMatchObject({ code: 'conflict' });
      expect(await server.deliver(bystander.pane, { prev: 0, seq: 1, text: 'b' })).toEqual({ ok: true });
    });

    it('while a person scrolls: copy_mode', async () => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server);
      harness.copyMode(pane, true);
      await deliverIs(server, pane, 'copy_mode');
      harness.copyMode(pane, false);
      expect(await server.deliver(pane, { prev: 0, seq: 1, text: 'now' })).toEqual({ ok: true });
      harness.copyMode(pane, true);
      expect(await server.submit(pane, { prev: 0, seq: 1 })).toMatchObject({
        ok: false,
        reason: 'copy_mode',
      });
      await receives(bracketed('now'));
    });

    it('while a person keeps input off: input_off', async () => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server);
      harness.inputOff(pane, true);
      await deliverIs(server, pane, 'input_off');
      await expect(server.keys(pane, ['Enter'])).rejects.toMatchObject({ code: 'conflict' });
      harness.inputOff(pane, false);
      expect(await server.deliver(pane, { prev: 0, seq: 1, text: 'now' })).toEqual({ ok: true });
      await receives(bracketed('now'));
    });

    it('while the program has bracketed paste off, as a shell: no_bracketed_paste', async () => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server, { paste: false });
      await deliverIs(server, pane, 'no_bracketed_paste');
      const on = next(server, 'bracketed', (event) => event.id === pane.id && event.on);
      process.kill(pane.pid, 'SIGUSR2');
      await on;
      expect(await server.deliver(pane, { prev: 0, seq: 1, text: 'now' })).toEqual({ ok: true });
      const off = next(server, 'bracketed', (event) => event.id === pane.id && !event.on);
      process.kill(pane.pid, 'SIGUSR1');
      await off;
      expect(await server.submit(pane, { prev: 0, seq: 1 })).toMatchObject({
        ok: false,
        reason: 'no_bracketed_paste',
      });
      await receives(bracketed('now'));
    });

    it.each([
      ['empty text', { prev: 0, seq: 1, text: '' }],
      ['an escape', { prev: 0, seq: 1, text: 'a\u001b[201~b' }],
      ['a CR', { prev: 0, seq: 1, text: 'a\rb' }],
      ['a C1 control', { prev: 0, seq: 1, text: 'a\u009bb' }],
      ['a seq that does not grow', { prev: 1, seq: 1, text: 'a' }],
      ['half a number', { prev: 0, seq: 1.5, text: 'a' }],
    ])('with %s: an error', async (_name, message) => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server);
      await expect(server.deliver(pane, message)).rejects.toMatchObject({ code: 'bad_request' });
      await receives('');
    });

    it('with more than 4 MiB: too_large', async () => {
      const { harness, server } = get();
      const { pane } = await startRecorder(harness, server);
      const text = 'x'.repeat(4 * 1024 * 1024 + 1);
      await expect(server.deliver(pane, { prev: 0, seq: 1, text })).rejects.toMatchObject({
        code: 'too_large',
      });
    });

    it('with a ref that is not one', async () => {
      const { harness, server } = get();
      const { pane } = await startRecorder(harness, server);
      const wrong = { ...pane, pane: '%1 ; kill-server' };
      await expect(server.deliver(wrong, { prev: 0, seq: 1, text: 'a' })).rejects.toMatchObject({
        code: 'bad_request',
      });
    });
  });
}
