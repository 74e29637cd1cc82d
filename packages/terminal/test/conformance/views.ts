import type { PaneRef, TerminalServer } from '@cao/terminal';
import { describe, expect, it } from 'vitest';
import type { Bench } from '../conformance.ts';
import { next } from '../support/events.ts';
import { program, until } from '../support/files.ts';
import { newId, SESSION, startRecorder } from '../support/harness.ts';

async function startPainter(server: TerminalServer): Promise<PaneRef> {
  const id = newId();
  const title = next(server, 'title', (event) => event.id === id && event.title === 'a title');
  const pane = await server.birth({
    session: SESSION,
    id,
    epoch: 1,
    argv: [process.execPath, program('painter.mjs')],
  });
  await until('the painter painted', async () => (await server.capture(pane)).includes('done'));
  await title;
  return pane;
}

export function viewBehaviour(get: () => Bench): void {
  describe('a look at a pane', () => {
    it('gives its text with SGR escapes', async () => {
      const { server } = get();
      const text = await server.capture(await startPainter(server));
      expect(text).toContain('\u001b[31mred');
      expect(text).toContain('漢字 é done');
    });

    it('gives rows with the attributes that decide, and the cursor', async () => {
      const { server } = get();
      const screen = await server.screen(await startPainter(server));
      expect(screen).toMatchObject({ cols: 120, alternate: false, cursor: { x: 11, y: 2 } });
      expect(screen.rows).toHaveLength(40);
      expect(screen.rows.slice(0, 4).map((row) => row.text)).toEqual([
        'bold dim inverse red grey',
        'filled',
        '漢字 é done',
        '',
      ]);
      const plain = { dim: false, bold: false, inverse: false, fg: null, bg: null };
      expect(screen.rows[0]?.runs.filter((run) => run.text !== ' ')).toEqual([
        { ...plain, text: 'bold', bold: true },
        { ...plain, text: 'dim', dim: true },
        { ...plain, text: 'inverse', inverse: true },
        { ...plain, text: 'red', fg: '31' },
        { ...plain, text: 'grey', fg: '38;5;244' },
      ]);
      expect(screen.rows[1]?.runs).toEqual([{ ...plain, text: 'filled', bg: '48;2;1;2;3' }]);
      expect(screen.rows[3]?.runs).toEqual([]);
    });

    it('gives a late viewer a snapshot that the output stream continues', async () => {
      const { server } = get();
      const pane = await startPainter(server);
      const snapshot = await server.snapshot(pane);
      expect(snapshot).toMatchObject({ cols: 120, rows: 40, cursor: { x: 11, y: 2 } });
      expect(snapshot.ansi).toContain('red');
      const more = next(server, 'output', (id, _bytes, end) => id === pane.pane && end > snapshot.offset);
      process.kill(pane.pid, 'SIGUSR1');
      const [, bytes, end] = await more;
      expect(end - bytes.length).toBe(snapshot.offset);
      expect(Buffer.from(bytes).toString()).toBe(' more');
    });

    it('of another size is told to the program and the views', async () => {
      const { server } = get();
      const pane = await startPainter(server);
      await server.resize(pane, 90, 20);
      expect((await server.list()).find(({ id }) => id === pane.id)).toMatchObject({ cols: 90, rows: 20 });
      expect((await server.screen(pane)).rows).toHaveLength(20);
    });

    it('of a pane that is no more is an error', async () => {
      const { harness, server } = get();
      const { pane } = await startRecorder(harness, server);
      await server.close(pane);
      await expect(server.capture(pane)).rejects.toMatchObject({ code: 'gone' });
      await expect(server.screen(pane)).rejects.toMatchObject({ code: 'gone' });
      await expect(server.snapshot(pane)).rejects.toMatchObject({ code: 'gone' });
      await expect(server.resize(pane, 80, 24)).rejects.toMatchObject({ code: 'gone' });
    });
  });
}
