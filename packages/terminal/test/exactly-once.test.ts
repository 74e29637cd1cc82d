import { join } from 'node:path';
import type { TerminalServer } from '@cao/terminal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from './support/child.ts';
import { PROPERTY_RUNS, PROPERTY_SEED } from './support/env.ts';
import { program, read, until } from './support/files.ts';
import { bracketed, newId, type Recorder, SESSION, startRecorder } from './support/harness.ts';
import { seeded } from './support/random.ts';
import { textOf } from './support/texts.ts';
import { type TmuxHarness, tmuxHarness } from './support/tmux-harness.ts';

const FAILPOINTS = [
  'deliver.before-buffer',
  'deliver.before-paste',
  'deliver.after-paste',
  'submit.before-cr',
  'submit.after-cr',
];
const MANY = 1_000_000;

describe('a process that is killed while it delivers', () => {
  let harness: TmuxHarness;
  let server: TerminalServer;
  let recorder: Recorder;

  beforeEach(async () => {
    harness = tmuxHarness();
    server = harness.open();
    await server.start();
    recorder = await startRecorder(harness, server);
    // From here on the deliverer is the only client.
    await server.stop();
  });
  afterEach(async () => {
    await server.kill();
    await harness.dispose();
  });

  const deliverer = (last: number, failpoints: string, onLine?: (line: string, count: number) => void) =>
    runProgram('deliverer.ts', { socket: harness.socket, pane: recorder.pane, last, failpoints }, onLine);
  const cursor = () => Number(harness.tmux('show-options', '-p', '-v', '-t', recorder.pane.pane, '@cao_seq'));
  const expected = (last: number) =>
    Array.from({ length: last }, (_, i) => `${bracketed(textOf(i + 1))}\r`).join('');

  /** A person, and a program, that get in the way once a text or Return is through, until the deliverer has to wait. */
  function disturb(disturbance: 'none' | 'copy mode' | 'paste off', line: string, count: number): void {
    const begins = count === 1 && !line.startsWith('waits');
    const ends = count > 1 && line.startsWith('waits');
    if (disturbance === 'copy mode' && (begins || ends)) harness.copyMode(recorder.pane, begins);
    if (disturbance === 'paste off' && begins) process.kill(recorder.pane.pid, 'SIGUSR1');
    if (disturbance === 'paste off' && ends) process.kill(recorder.pane.pid, 'SIGUSR2');
  }

  it(
    `brings every text exactly once and in order (${PROPERTY_RUNS} kills, CAO_PROPERTY_SEED=${PROPERTY_SEED})`,
    async () => {
      const random = seeded(PROPERTY_SEED);
      for (let run = 0; run < PROPERTY_RUNS; run++) {
        const failpoint =
          run % 2 === 0 ? `${FAILPOINTS[(run / 2) % FAILPOINTS.length]}=kill@${1 + random.below(4)}` : '';
        const lines = 1 + random.below(8);
        const delayMs = random.below(4);
        const disturbance = random.of(['none', 'none', 'copy mode', 'paste off'] as const);
        const child = deliverer(MANY, failpoint, (line, count) => {
          disturb(disturbance, line, count);
          if (failpoint === '' && count === lines) setTimeout(() => child.process.kill('SIGKILL'), delayMs);
        });
        await child.ended;
        harness.copyMode(recorder.pane, false);
        process.kill(recorder.pane.pid, 'SIGUSR2');
      }
      const last = cursor() + 5;
      const { code, lines } = await deliverer(last, '').ended;
      expect({ code, end: lines.at(-1) }).toEqual({ code: 0, end: `submit ${last}` });
      await recorder.receives(expected(last));
      expect(last).toBeGreaterThan(PROPERTY_RUNS / 4);
    },
    30_000 + PROPERTY_RUNS * 3_000,
  );

  it('types nothing into a program that died meanwhile, and the tmux server lives on', async () => {
    const { lines } = await deliverer(MANY, '', (_line, count) => {
      if (count === 5) process.kill(recorder.pane.pid, 'SIGKILL');
    }).ended;
    expect(lines.at(-1)).toBe('stuck dead');
    await server.start();
    expect(await server.list()).toMatchObject([{ id: recorder.pane.id, dead: true }]);
  });

  it('begins one program, however often its birth is cut off', async () => {
    const id = newId();
    const file = join(harness.dir, id);
    const birth = { session: SESSION, id, epoch: 1, argv: [process.execPath, program('recorder.mjs'), file] };
    const midwife = (failpoints: string) =>
      runProgram('midwife.ts', { socket: harness.socket, birth, failpoints }).ended;
    expect((await midwife('birth.before=kill')).lines).toEqual([]);
    expect((await midwife('birth.after=kill')).lines).toEqual([]);
    expect((await midwife('')).lines).toEqual(['adopted']);
    await until('the program started', () => read(`${file}.start`).length > 0);
    expect(read(`${file}.start`).toString().trim().split('\n')).toHaveLength(1);
  });
});
