import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TranscriptGap } from '@cao/contracts';
import { expect, test } from 'vitest';
import { deliver, knownAgent, startAgent } from '../support/stack/agents.ts';
import { viewBytes } from '../support/stack/byte-viewer.ts';
import { filesOf } from '../support/stack/files-of.ts';
import { untilScreen } from '../support/stack/panes.ts';
import { dumpPostgres } from '../support/stack/queue-dump.ts';
import { transcriptOf } from '../support/stack/transcript-of.ts';
import { openWire } from '../support/stack/wire.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

const turnEnded = (stack: Stack, id: string, chars: number) =>
  stack.event(
    'its turn ended',
    (event) => event.kind === 'terminal.turn_ended' && event.terminal_id === id && event.data.chars === chars,
  );

test('5 MB reach a viewer byte for byte, while the link and its own connection are cut three times', async () => {
  await using stack = await withStack({ hosts: 1, cuttable: true });
  const { id, host } = await startAgent(stack, 'floods');
  const before = (await transcriptOf(stack, id)).bytes.length;
  // What tmux itself read from the pane, beside CAO.
  const tap = join(stack.dir, 'tap');
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-S', host.socket, ...args], { encoding: 'utf8' });
  const pane = new RegExp(`^${id} (%\\d+)$`, 'm').exec(
    tmux('list-panes', '-a', '-F', '#{@cao_id} #{pane_id}'),
  )![1]!;
  tmux('pipe-pane', '-t', pane, '-O', `exec cat > '${tap}'`);

  const wire = await openWire([Number(new URL(stack.url).port)]);
  try {
    let cuts = 0;
    using viewer = viewBytes(
      { url: `http://127.0.0.1:${wire.port}`, token: stack.adminToken },
      id,
      (seen) => {
        if (cuts >= 3 || seen.size < (cuts + 1) * 1_200_000) return;
        cuts++;
        stack.cutLinks();
        wire.cut();
      },
    );
    await stack.client.terminals.send({ params: { id }, body: { text: '[[flood 5M]] [[say flooded]]' } });
    await turnEnded(stack, id, 'flooded'.length);
    // Through the link, which is whole again then.
    await viewer.until('the last words', (seen) => seen.shows('● flooded'));
    const whole = await transcriptOf(stack, id);
    expect(whole.bytes.length).toBeGreaterThan(5 * 1024 * 1024);
    expect(whole.gaps).toEqual([]);
    await viewer.until('all of it', (seen) => seen.size >= whole.bytes.length);

    expect(cuts).toBe(3);
    expect(viewer.connections).toBeGreaterThan(3);
    expect(viewer.jumps).toEqual([]);
    expect(viewer.bytes().subarray(0, whole.bytes.length).equals(whole.bytes)).toBe(true);
    tmux('pipe-pane', '-t', pane);
    const tapped = readFileSync(tap);
    expect(tapped.length).toBeGreaterThan(5 * 1024 * 1024);
    // The tap may have begun a moment after the offset that was read, or end a moment earlier.
    const at = whole.bytes.indexOf(tapped.subarray(0, 4096), before);
    expect(at).toBeGreaterThanOrEqual(before);
    const both = Math.min(tapped.length, whole.bytes.length - at);
    expect(both).toBeGreaterThan(5 * 1024 * 1024);
    expect(whole.bytes.subarray(at, at + both).equals(tapped.subarray(0, both))).toBe(true);
  } finally {
    await wire.close();
  }
});

test('a killed worker-agent leaves a gap that says so, and no offset is given twice', async () => {
  await using stack = await withStack({ hosts: 1 });
  const { id, host } = await startAgent(stack, 'alone');
  using viewer = viewBytes({ url: stack.url, token: stack.adminToken }, id);
  await stack.client.terminals.send({
    params: { id },
    body: { text: '[[say before the kill]] [[sleep 700]] [[say while nobody listened]]' },
  });
  await viewer.until('the first words', (seen) => seen.shows('● before the kill'));
  await host.agent.kill();
  await untilScreen(host, '● while nobody listened');
  const seen = viewer.size;
  await host.agent.start();

  await viewer.until('the words of the gap', (now) => now.shows('● while nobody listened'));
  await deliver(stack, id, '[[say after the gap]]');
  await viewer.until('what is new', (now) => now.shows('● after the gap'));

  const { gaps, bytes } = await transcriptOf(stack, id);
  expect(gaps).toMatchObject([{ why: expect.stringMatching(/^the worker-agent was away since \d{4}-/) }]);
  const [{ from, to, redrawn }] = gaps as [TranscriptGap];
  expect(from).toBeLessThanOrEqual(seen);
  expect(to).toBeGreaterThan(seen);
  expect(viewer.jumps).toEqual([{ from: seen, to }]);
  // The screen and its history stand behind the gap, apart from what the program wrote.
  const drawn = bytes.subarray(from + redrawn!.from - to, from + redrawn!.to - to).toString();
  expect(drawn).toContain('● before the kill');
  expect(drawn).toContain('● while nobody listened');
  expect(drawn).not.toContain('● after the gap');
  expect(bytes.subarray(from).equals(viewer.bytes().subarray(seen, seen + bytes.length - from))).toBe(true);
});

test('what a closed terminal wrote is read until its host forgets it, and not while the host is away', async () => {
  await using stack = await withStack({ hosts: 1 });
  const { id, host } = await startAgent(stack, 'closes');
  await deliver(stack, id, '[[say the last words]]');
  await turnEnded(stack, id, 'the last words'.length);
  await stack.client.terminals.close({ params: { id } });
  await stack.event('it is closed', (event) => event.kind === 'terminal.closed' && event.terminal_id === id);

  const { bytes, page } = await transcriptOf(stack, id);
  expect(page).toMatchObject({ terminal: id, epoch: 1, first: 0, closed: true });
  expect(bytes.toString()).toContain('● the last words');
  const full = await stack.cao(['terminal', 'output', id, '--full']);
  expect(full).toEqual({ code: 0, stdout: bytes.toString(), stderr: '' });
  const plain = await stack.cao(['terminal', 'output', id, '--full', '--plain']);
  expect(plain.stdout).toContain('● the last words');
  expect(plain.stdout).not.toContain('\u001b');
  const rest = bytes.subarray(100).toString();
  const json = JSON.parse((await stack.cao(['terminal', 'output', id, '--from', '100', '--json'])).stdout);
  expect(json).toMatchObject({ from: 100, to: bytes.length, first: 0, closed: true, gaps: [], text: rest });
  // It ends by itself: nothing more will come.
  expect((await stack.cao(['terminal', 'output', id, '--from', '100', '--follow'])).stdout).toBe(rest);

  await host.agent.kill('SIGTERM');
  await stack.event('the host is gone', (event) => event.kind === 'host.offline');
  const away = await stack.cao(['terminal', 'output', id, '--full', '--json']);
  expect(away.code).toBe(6);
  expect(JSON.parse(away.stdout || away.stderr)).toMatchObject({
    error: { code: 'host_offline', next: expect.stringContaining('cao host list') },
  });

  await host.agent.start({ CAO_TRANSCRIPT_DAYS: '7' });
  expect((await transcriptOf(stack, id)).bytes.equals(bytes)).toBe(true);
  await host.agent.kill('SIGTERM');
  await host.agent.start({ CAO_TRANSCRIPT_DAYS: '0' });
  const folder = join(host.stateDir, 'transcripts', `${id}-1`);
  await expect.poll(() => existsSync(folder)).toBe(false);
  await expect(transcriptOf(stack, id)).rejects.toMatchObject({ code: 'gone' });
});

test('secrets of a terminal that its agent prints are nowhere but in its pane', async () => {
  const userSecret = `sk-user-${'c4n4ry'.repeat(5)}`;
  await using stack = await withStack({ hosts: 1, agentEnv: { MY_API_KEY: userSecret } });
  const { id } = await startAgent(stack, 'tells');
  const { token, host } = await knownAgent(stack, id);
  const { private_key } = JSON.parse(readFileSync(join(host.stateDir, 'agent.json'), 'utf8')) as {
    private_key: string;
  };
  const secrets = [token, userSecret, private_key.split('\n')[1]!];
  using viewer = viewBytes({ url: stack.url, token: stack.adminToken }, id);
  // Written in the message so that nobody could find it there.
  const escaped = (text: string) =>
    [...text].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  const said = secrets.map((secret) => `[[say "${escaped(`<${secret}>`)}"]]`).join(' ');
  await stack.client.terminals.send({ params: { id }, body: { text: said } });
  await stack.event(
    'its turn ended',
    (event) => event.kind === 'terminal.turn_ended' && event.terminal_id === id,
  );
  for (const secret of secrets) await untilScreen(host, `<${secret}>`);

  const masked = (secret: string) => `<${secret.slice(0, 4)}${'*'.repeat(secret.length - 4)}>`;
  for (const secret of secrets) await viewer.until('it, masked', (seen) => seen.shows(masked(secret)));
  const output = async (mode: 'last' | 'screen' | 'full') =>
    (await stack.client.terminals.output({ params: { id }, query: { mode } })).output;
  const outside = {
    viewer: viewer.bytes().toString(),
    transcript: (await transcriptOf(stack, id)).bytes.toString(),
    last: await output('last'),
    screen: await output('screen'),
    full: await output('full'),
    events: JSON.stringify(stack.events.all()),
    ...Object.fromEntries(await dumpPostgres(stack.databaseUrl)),
    ...Object.fromEntries(
      filesOf(join(host.stateDir, 'transcripts')).map(({ path, content }) => [path, content]),
    ),
    log: [host.agent, ...stack.apis].map((process) => process.log()).join(''),
  };
  expect(outside.last).toContain('***');
  const leaks = Object.entries(outside).flatMap(([where, text]) =>
    secrets.some((secret) => text.includes(secret)) ? [where] : [],
  );
  expect(leaks).toEqual([]);
  const files = filesOf(join(host.stateDir, 'transcripts'));
  expect(files.length).toBeGreaterThan(0);
  for (const { path, mode } of files) expect(mode, path).toBe(0o600);
});
