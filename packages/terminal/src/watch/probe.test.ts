import { expect, test } from 'vitest';
import type { Commander } from '../control/connection.ts';
import type { Reply } from '../control/reply.ts';
import { Probe } from './probe.ts';

const CLIENT = '%9';

/**
 * tmux as far as the probe sees it: each command is followed by a drawing of the status line, and that by the mode of the window
 * where it is not what the client has.
 * @param anew drawings, counted from 1, before which the client is begun anew with all modes off
 */
function fakeTmux(windows: ReadonlyMap<string, boolean>, anew: ReadonlySet<number>) {
  let format = '';
  let window = '@0';
  let clientHas = false;
  let drawings = 0;
  let draws = (_bytes: string) => {};
  const loop = () => {
    drawings++;
    let text = '';
    if (anew.has(drawings)) {
      text += '\x1b[?2004l';
      clientHas = false;
    }
    text += format.replace('#{window_id}', window);
    const wanted = windows.get(window) ?? false;
    if (wanted !== clientHas) text += wanted ? '\x1b[?2004h' : '\x1b[?2004l';
    clientHas = wanted;
    draws(text);
  };
  const answer = (line: string): Reply => {
    format = /status-left "([^"]+)"/.exec(line)?.[1] ?? format;
    window = /select-window -t \S+:(@\d+)/.exec(line)?.[1] ?? window;
    if (line.startsWith('set-option')) setImmediate(loop);
    const lines = line.startsWith('new-window') ? [CLIENT] : line.includes('display-message') ? [window] : [];
    return [{ ok: true, lines }];
  };
  const commander: Commander = {
    run: async (line: string, sent?: { read(reply: Reply): unknown }) => {
      const reply = answer(line);
      return sent ? sent.read(reply) : reply;
    },
  } as Commander;
  const probe = new Probe(commander, { bin: 'tmux', args: [], env: {} });
  draws = (text) => probe.onOutput(CLIENT, Buffer.from(text));
  return { probe, drawings: () => drawings };
}

const modes = new Map([
  ['@1', true],
  ['@2', false],
  ['@3', true],
]);

test('each window has its mode', async () => {
  expect(await fakeTmux(modes, new Set()).probe.run([...modes.keys()])).toEqual(modes);
});

test.each([...Array(7).keys()])(
  'also where tmux begins its client anew, twice in a row, at drawing %i',
  async (at) => {
    const { probe, drawings } = fakeTmux(modes, new Set([at + 1, at + 2]));
    expect(await probe.run([...modes.keys()])).toEqual(modes);
    expect(drawings()).toBeGreaterThan(at);
  },
);
