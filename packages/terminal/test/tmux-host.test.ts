import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { OutcomeUnknownError, type TerminalServer } from '@cao/terminal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { next } from './support/events.ts';
import { isRunning, until } from './support/files.ts';
import { bracketed, newId, SESSION, startRecorder } from './support/harness.ts';
import { pasteModeCases } from './support/paste-mode-cases.ts';
import { type TmuxHarness, tmuxHarness } from './support/tmux-harness.ts';

/** Blocks the event loop, so that nothing of tmux's stream is read. */
const block = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

describe('the tmux server', () => {
  let harness: TmuxHarness;
  let server: TerminalServer;
  const pidOfServer = () => Number(harness.tmux('display-message', '-p', '#{pid}'));
  const pidOfClient = () => Number(harness.tmux('list-clients', '-F', '#{client_pid}').split('\n')[0]);

  beforeEach(async () => {
    harness = tmuxHarness();
    server = harness.open();
    await server.start();
  });
  afterEach(async () => {
    await server.kill();
    await harness.dispose();
  });

  it('is started with HOME and PATH alone', () => {
    const names = harness
      .tmux('show-environment', '-g')
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.filter((name) => !['HOME', 'PATH', 'PWD'].includes(name ?? ''))).toEqual([]);
  });

  it('is in a process group and session of its own', () => {
    const ids = (pid: number) =>
      execFileSync('ps', ['-o', 'pgid=,sid=', '-p', `${pid}`], { encoding: 'utf8' })
        .trim()
        .split(/\s+/);
    const [group, session] = ids(pidOfServer());
    const [ourGroup, ourSession] = ids(process.pid);
    expect(group).not.toBe(ourGroup);
    expect(session).not.toBe(ourSession);
  });

  it('keeps no text after refusals, nor after a process was killed before its paste', async () => {
    const { pane } = await startRecorder(harness, server);
    await server.deliver(pane, { prev: 0, seq: 1, text: 'a' });
    await server.deliver(pane, { prev: 0, seq: 1, text: 'secret' });
    await server.deliver(pane, { prev: 3, seq: 4, text: 'secret' });
    expect(harness.tmux('list-buffers', '-F', '#{buffer_name}')).toBe('cao-cr');
    harness.tmux('set-buffer', '-b', 'cao-a1-1-7', 'left behind');
    await server.stop();
    await server.start();
    expect(harness.tmux('list-buffers', '-F', '#{buffer_name}')).toBe('cao-cr');
  });

  it('does not grow by what a person copies or opens', async () => {
    harness.tmux('new-session', '-d', '-s', 'mine', '/bin/cat');
    harness.tmux('split-window', '-d', '-t', '=mine:', '/bin/cat');
    expect(await server.list()).toEqual([]);
  });

  it('joined by a new client after ours was killed goes on by itself', async () => {
    const { pane, receives } = await startRecorder(harness, server);
    const resync = next(server, 'resync', (name) => name === pane.pane);
    const found = next(server, 'bracketed', (event) => event.id === pane.id && event.on);
    process.kill(pidOfClient(), 'SIGKILL');
    await resync;
    await found;
    expect(await server.deliver(pane, { prev: 0, seq: 1, text: 'after' })).toEqual({ ok: true });
    await receives(bracketed('after'));
  });

  it('tells that the outcome is unknown when the client dies under a command', async () => {
    const { pane } = await startRecorder(harness, server);
    const client = pidOfClient();
    const tmux = pidOfServer();
    process.kill(tmux, 'SIGSTOP');
    const command = server.submit(pane, { prev: 0, seq: 1 });
    const failed = expect(command).rejects.toBeInstanceOf(OutcomeUnknownError);
    // Sent and unanswered: the submit is two awaits away from the pipe.
    await new Promise((resolve) => setImmediate(resolve));
    process.kill(client, 'SIGKILL');
    await failed;
    process.kill(tmux, 'SIGCONT');
    expect(await server.list()).toHaveLength(1);
  });

  it('ended by a person is told, and the next birth has a new one', async () => {
    const { pane } = await startRecorder(harness, server);
    const order: string[] = [];
    server.on('server_exit', () => order.push('server_exit'));
    server.on('gone', ({ id, reason }) => order.push(`${id} ${reason}`));
    const gone = next(server, 'gone', ({ id }) => id === pane.id);
    harness.tmux('kill-server');
    await gone;
    expect(order).toEqual(['server_exit', `${pane.id} server_exit`]);
    const { receives, pane: reborn } = await startRecorder(harness, server, { id: pane.id, epoch: 2 });
    expect(await server.deliver(pane, { prev: 0, seq: 1, text: 'old' })).toMatchObject({ ok: false });
    expect(await server.deliver(reborn, { prev: 0, seq: 1, text: 'new' })).toEqual({ ok: true });
    await receives(bracketed('new'));
  });

  it('whose hub was killed by a person gets a new one, with every pane in it', async () => {
    const { pane } = await startRecorder(harness, server);
    const found = next(server, 'bracketed', (event) => event.id === pane.id && event.on);
    harness.killSession('_hub');
    await found;
    const off = next(server, 'bracketed', (event) => event.id === pane.id && !event.on);
    process.kill(pane.pid, 'SIGUSR1');
    await off;
    expect(await server.list()).toMatchObject([{ id: pane.id, linkedSessions: 2 }]);
  });

  it('finds the paste modes of many panes after a restart', async () => {
    const recorders = await Promise.all(
      Array.from({ length: 12 }, (_, i) => startRecorder(harness, server, { paste: i % 3 > 0 })),
    );
    await server.stop();
    const found = recorders.map(({ pane }) => next(server, 'bracketed', ({ id }) => id === pane.id));
    await server.start();
    const modes = (await Promise.all(found)).map(([event]) => event.on);
    expect(modes).toEqual(recorders.map((_, i) => i % 3 > 0));
    expect((await server.list()).map((pane) => pane.linkedSessions)).toEqual(Array(12).fill(2));
    await until(
      'the probe is put away',
      () => !harness.tmux('list-windows', '-a', '-F', '#{session_name}:#{window_name}').includes('probe'),
    );
  });

  it('and we read the same paste mode from what a program writes', async () => {
    const modes = await Promise.all(
      pasteModeCases.map(async ([name, text]) => {
        const bytes = Array.from(Buffer.from(text), (byte) => `\\0${byte.toString(8)}`).join('');
        const argv = ['/bin/sh', '-c', 'printf "%b" "$1"; printf READY; exec cat', 'sh', bytes];
        const pane = await server.birth({ session: SESSION, id: newId(), epoch: 1, argv });
        await until(`${name} was written`, async () => (await server.capture(pane)).includes('READY'));
        return { name, id: pane.id };
      }),
    );
    const heard = (await server.list()).map((pane) => pane.bracketed);
    expect(heard).toEqual(pasteModeCases.map(([, , on]) => on));
    await server.stop();
    // Another object has heard nothing: it asks tmux.
    const fresh = harness.open();
    const asked = modes.map(({ id }) => next(fresh, 'bracketed', (event) => event.id === id));
    await fresh.start();
    try {
      const told = (await Promise.all(asked)).map(([event], i) => [modes[i]?.name, event.on]);
      expect(told).toEqual(pasteModeCases.map(([name, , on]) => [name, on]));
    } finally {
      await fresh.stop();
      await server.start();
    }
  });

  it('serves other panes while one floods, also after nobody read for a while', async () => {
    const argv = ['/usr/bin/yes', 'x'.repeat(100)];
    const flood = await server.birth({ session: SESSION, id: newId(), epoch: 1, argv });
    const { pane, receives } = await startRecorder(harness, server);
    expect(await server.deliver(pane, { prev: 0, seq: 1, text: 'beside' })).toEqual({ ok: true });
    await receives(bracketed('beside'));
    block(500);
    expect(await server.submit(pane, { prev: 0, seq: 1 })).toEqual({ ok: true });
    await receives(`${bracketed('beside')}\r`);
    await server.close(flood);
  });

  it('that paused a pane for us continues it, and its paste mode is found out anew', async () => {
    const { pane, receives } = await startRecorder(harness, server);
    const client = harness.tmux('list-clients', '-F', '#{client_name}');
    const lost = next(server, 'bracketed', (event) => event.id === pane.id && !event.on);
    const resync = next(server, 'resync', (name) => name === pane.pane);
    const found = next(server, 'bracketed', (event) => event.id === pane.id && event.on);
    harness.tmux('refresh-client', '-t', client, '-A', `${pane.pane}:pause`);
    await Promise.all([lost, resync, found]);
    expect(await server.deliver(pane, { prev: 0, seq: 1, text: 'on' })).toEqual({ ok: true });
    await receives(bracketed('on'));
    const heard = next(server, 'output', (name) => name === pane.pane);
    process.kill(pane.pid, 'SIGUSR1');
    await heard;
  });

  it('stopped by us leaves the programs running, and killed by us none', async () => {
    const { pane } = await startRecorder(harness, server);
    const tmux = pidOfServer();
    await server.stop();
    expect(isRunning(pane.pid)).toBe(true);
    expect(harness.tmux('list-clients')).toBe('');
    await server.start();
    await server.kill();
    await until('the program and the server ended', () => !isRunning(pane.pid) && !isRunning(tmux));
  });

  it('takes 20 programs that die while texts are on their way', async () => {
    const recorders = await Promise.all(Array.from({ length: 20 }, () => startRecorder(harness, server)));
    for (const { pane } of recorders) process.kill(pane.pid, 'SIGKILL');
    const results = await Promise.all(
      recorders.map(({ pane }) => server.deliver(pane, { prev: 0, seq: 1, text: 'x' })),
    );
    for (const result of results) expect(result.ok || result.reason === 'dead').toBe(true);
    expect(await server.list()).toHaveLength(20);
  });

  it('shows a reader of its process list neither text nor names of ours', async () => {
    const { pane } = await startRecorder(harness, server);
    const delivered = server.deliver(pane, { prev: 0, seq: 1, text: 'canary '.repeat(10_000) });
    const listed = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    expect(await delivered).toEqual({ ok: true });
    expect(listed).not.toContain('canary');
    expect(readFileSync(`/proc/${pidOfServer()}/environ`, 'utf8')).not.toMatch(/TOKEN|SECRET|DATABASE/);
  });
});
