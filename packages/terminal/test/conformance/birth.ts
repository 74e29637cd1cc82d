import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Bench } from '../conformance.ts';
import { program, read, until } from '../support/files.ts';
import { newId, SESSION, startRecorder } from '../support/harness.ts';

export function birthBehaviour(get: () => Bench): void {
  describe('a birth', () => {
    it('starts the program in a pane whose cursors are 0', async () => {
      const { harness, server } = get();
      const { pane } = await startRecorder(harness, server);
      const state = (await server.list()).find((listed) => listed.id === pane.id);
      expect(state).toMatchObject({
        ...{ id: pane.id, epoch: 1, pane: pane.pane, window: pane.window, pid: pane.pid, session: SESSION },
        ...{ seq: 0, sent: 0, dead: false, inMode: false, inputOff: false, bracketed: true },
        ...{ cols: 120, rows: 40, deadStatus: null, linkedSessions: 2 },
      });
    });

    it('is done once, however often it is asked for', async () => {
      const { harness, server } = get();
      const first = await startRecorder(harness, server);
      const argv = [process.execPath, program('recorder.mjs'), first.file];
      const { id, epoch, pane, window, pid } = first.pane;
      const again = await server.birth({ session: SESSION, id, epoch, argv });
      expect(again).toEqual({ id, epoch, pane, window, pid, adopted: true });
      expect(read(`${first.file}.start`).toString().trim().split('\n')).toHaveLength(1);
    });

    it('asked for twice at the same time gives one pane', async () => {
      const { server } = get();
      const birth = { session: SESSION, id: newId(), epoch: 1, argv: ['/bin/cat'] };
      const [one, two] = await Promise.all([server.birth(birth), server.birth(birth)]);
      expect(one.pane).toBe(two.pane);
      expect([one.adopted, two.adopted].sort()).toEqual([false, true]);
    });

    it('of the next epoch is another pane', async () => {
      const { server } = get();
      const birth = { session: SESSION, id: newId(), epoch: 1, argv: ['/bin/cat'] };
      const one = await server.birth(birth);
      const two = await server.birth({ ...birth, epoch: 2 });
      expect(two).toMatchObject({ adopted: false, epoch: 2 });
      expect(two.pane).not.toBe(one.pane);
    });

    it('gives the program its arguments to the byte, its directory, and no way back to tmux', async () => {
      const { harness, server } = get();
      const id = newId();
      const file = join(harness.dir, id);
      const nasty = [
        '-n',
        '#{pane_id} #(touch x) ##',
        `a;b 'c' "d" $HOME \\ {e} ~`,
        'line\nline\t',
        'déjà 漢',
        '',
        ';',
      ];
      const argv = [process.execPath, program('recorder.mjs'), file, ...nasty];
      await server.birth({ session: SESSION, id, epoch: 1, argv, cwd: harness.dir });
      const start = await until('the program started', () => read(`${file}.start`).toString() || undefined);
      const told = JSON.parse(start) as { argv: string[]; cwd: string; env: Record<string, string> };
      expect(told.argv).toEqual(nasty);
      expect(told.cwd).toBe(harness.dir);
      expect(told.env).not.toHaveProperty('TMUX');
      expect(told.env).not.toHaveProperty('TMUX_PANE');
    });

    it.each([
      ['session', { session: 'a.b' }],
      ['session', { session: '_hub' }],
      ['id', { id: "a'; kill-server" }],
      ['epoch', { epoch: -1 }],
      ['argv', { argv: [] }],
      ['argv', { argv: ['A=b', 'sh'] }],
      ['cwd', { cwd: '/no/such/directory' }],
      ['cols', { cols: 1 }],
    ])('with an unusable %s is refused and starts nothing', async (field, wrong) => {
      const { server } = get();
      const before = (await server.list()).length;
      const birth = { session: SESSION, id: newId(), epoch: 1, argv: ['/bin/cat'], ...wrong };
      await expect(server.birth(birth)).rejects.toMatchObject({
        code: 'bad_request',
        message: expect.stringContaining(field),
      });
      expect(await server.list()).toHaveLength(before);
    });
  });
}
