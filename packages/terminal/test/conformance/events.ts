import { describe, expect, it } from 'vitest';
import type { Bench } from '../conformance.ts';
import { next } from '../support/events.ts';
import { isRunning, program, until } from '../support/files.ts';
import { newId, SESSION, startRecorder } from '../support/harness.ts';

export function eventBehaviour(get: () => Bench): void {
  describe('a server tells', () => {
    it('the status of a program that died at once, every time', async () => {
      const { server } = get();
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          const id = newId();
          const dead = next(server, 'dead', (event) => event.id === id);
          const pane = await server.birth({
            session: SESSION,
            id,
            epoch: 1,
            argv: ['/bin/sh', '-c', 'exit 7'],
          });
          expect((await dead)[0]).toEqual({ id, epoch: 1, status: 7, signal: null, lastScreen: '' });
          expect((await server.list()).find((listed) => listed.id === id)).toMatchObject({
            dead: true,
            deadStatus: 7,
          });
          await server.close(pane);
        }),
      );
    });

    it('the last words of a program', async () => {
      const { server } = get();
      const id = newId();
      const dead = next(server, 'dead', (event) => event.id === id);
      const argv = [process.execPath, program('last-words.mjs')];
      const pane = await server.birth({ session: SESSION, id, epoch: 1, argv });
      await server.keys(pane, ['x', 'Enter']);
      expect((await dead)[0]).toMatchObject({
        status: 7,
        lastScreen: expect.stringContaining('last words: x'),
      });
    });

    it('the signal that ended a program', async () => {
      const { harness, server } = get();
      const { pane } = await startRecorder(harness, server);
      const dead = next(server, 'dead', ({ id }) => id === pane.id);
      process.kill(pane.pid, 'SIGKILL');
      expect((await dead)[0]).toMatchObject({ id: pane.id, epoch: 1, status: null, signal: 9 });
    });

    it('that a person scrolls, and that he came back', async () => {
      const { harness, server } = get();
      const { pane } = await startRecorder(harness, server);
      const begun = next(server, 'mode', ({ id }) => id === pane.id);
      harness.copyMode(pane, true);
      expect((await begun)[0]).toMatchObject({ inMode: true });
      const ended = next(server, 'mode', ({ id }) => id === pane.id);
      harness.copyMode(pane, false);
      expect((await ended)[0]).toMatchObject({ inMode: false });
    });

    it('every byte of output with its offset', async () => {
      const { server } = get();
      const id = newId();
      const text = 'déjà 漢字 \\ 😀'.repeat(2_000);
      const seen: Buffer[] = [];
      let end = 0;
      let pane: string | undefined;
      const all = new Map<string, { bytes: Buffer; end: number }[]>();
      const off = server.on('output', (name, bytes, endOffset) => {
        all.set(name, [...(all.get(name) ?? []), { bytes: Buffer.from(bytes), end: endOffset }]);
      });
      const script = `process.stdout.write(${JSON.stringify(text)}); process.stdin.resume()`;
      pane = (await server.birth({ session: SESSION, id, epoch: 1, argv: [process.execPath, '-e', script] }))
        .pane;
      await until('all output came', () => all.get(pane)?.at(-1)?.end === Buffer.byteLength(text));
      off();
      for (const part of all.get(pane) ?? []) {
        seen.push(part.bytes);
        end += part.bytes.length;
        expect(part.end).toBe(end);
      }
      expect(Buffer.concat(seen).toString()).toBe(text);
    });

    it('that a window was closed, and closing it again is no error', async () => {
      const { harness, server } = get();
      const { pane } = await startRecorder(harness, server);
      const gone = next(server, 'gone', ({ id }) => id === pane.id);
      await server.close(pane);
      expect((await gone)[0]).toEqual({ id: pane.id, epoch: 1, reason: 'window_closed' });
      await until('the program ended', () => !isRunning(pane.pid));
      await server.close(pane);
      expect((await server.list()).map(({ id }) => id)).not.toContain(pane.id);
    });

    it('nothing, and does nothing, when an earlier epoch is closed', async () => {
      const { harness, server } = get();
      const { pane } = await startRecorder(harness, server, { epoch: 2 });
      await server.close({ ...pane, epoch: 1 });
      expect((await server.list()).find(({ id }) => id === pane.id)).toMatchObject({ dead: false });
    });

    it('that a person killed a session on the host, and closes its panes', async () => {
      const { server, harness } = get();
      const id = newId();
      const pane = await server.birth({ session: 'cao-killed', id, epoch: 1, argv: ['/bin/cat'] });
      const gone = next(server, 'gone', (event) => event.id === id);
      harness.killSession('cao-killed');
      expect((await gone)[0]).toEqual({ id, epoch: 1, reason: 'killed_on_host' });
      await until('the program ended', () => !isRunning(pane.pid));
    });

    it('names the line with which a person looks at a session', () => {
      const { server } = get();
      expect(server.attachCommand('cao-x')).toMatch(/^\S+ -[SL] \S+ attach -r -t =cao-x$/);
      expect(() => server.attachCommand('a b; rm')).toThrow(/session/);
    });
  });
}
