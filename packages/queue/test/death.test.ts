import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LOCK_MS, STALLED_CHECK_MS } from '../src/timing.ts';
import { backends, bell, open, recorder } from './backends.ts';

const mail = bell('mail', { attempts: 1 });
const program = fileURLToPath(new URL('server-process.ts', import.meta.url));

describe.concurrent.each(backends)('a killed server on $name', ({ fresh }) => {
  it('loses nothing: its active bell is rung again when its lock ran out', async () => {
    await using backend = await fresh();
    await using queues = await open(backend);
    const child = spawn(
      process.execPath,
      ['--conditions=@cao/source', program, JSON.stringify(backend.backend)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const gone = once(child, 'exit');
    try {
      await queues.ring('host-a', mail, 't1');
      const [taken] = (await once(child.stdout, 'data')) as [Buffer];
      expect(String(taken)).toBe('t1\n');
    } finally {
      child.kill('SIGKILL');
      await gone;
    }
    const died = performance.now();
    const calls = recorder<string>();
    await queues.serve('host-a', [mail], async (_kind, id) => calls.note(id));
    // The bell of the dead holds this one back: that is why a reconcile never only rings.
    await queues.ring('host-a', mail, 't1');
    expect(await calls.until(1)).toEqual(['t1']);
    const waited = performance.now() - died;
    expect(waited).toBeLessThan(LOCK_MS + 2 * STALLED_CHECK_MS);
  });
});
