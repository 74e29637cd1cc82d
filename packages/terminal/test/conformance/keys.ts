import { describe, expect, it } from 'vitest';
import type { Bench } from '../conformance.ts';
import { startRecorder } from '../support/harness.ts';

export function keyBehaviour(get: () => Bench): void {
  describe('keys', () => {
    it('reach the program as a keyboard would send them', async () => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server);
      const keys = [
        'Up',
        'Enter',
        'Escape',
        'Tab',
        'BTab',
        'Space',
        'BSpace',
        'C-c',
        'M-x',
        '1',
        ';',
        '"',
        '~',
        '-',
        'é',
      ];
      await server.keys(pane, keys);
      await receives(`\u001b[A\r\u001b\t\u001b[Z \u007f\u0003\u001bx1;"~-é`);
    });

    it('reach the program although a person scrolled back', async () => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server);
      harness.copyMode(pane, true);
      await server.keys(pane, ['Escape']);
      await receives('\u001b');
    });

    it.each([[[]], [['Entr']], [['C-']], [['ab']], [['\n']], [['\u001b']], [['']]])(
      '%j are refused',
      async (keys) => {
        const { harness, server } = get();
        const { pane, receives } = await startRecorder(harness, server);
        await expect(server.keys(pane, ['a', ...keys].slice(keys.length ? 0 : 1))).rejects.toMatchObject({
          code: 'bad_request',
        });
        await receives('');
      },
    );

    it('for a pane of another epoch are refused', async () => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server);
      await expect(server.keys({ ...pane, epoch: 9 }, ['Enter'])).rejects.toMatchObject({ code: 'gone' });
      await receives('');
    });
  });

  describe('a person who types', () => {
    it('reaches the program to the byte, in order, and leaves copy mode', async () => {
      const { harness, server } = get();
      const { pane, receives } = await startRecorder(harness, server);
      harness.copyMode(pane, true);
      const bytes = Buffer.from(Array.from({ length: 10_000 }, (_, i) => i % 256));
      await server.type(pane, bytes);
      await receives(bytes);
    });
  });
}
