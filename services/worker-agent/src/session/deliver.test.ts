import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentEvent } from '@cao/contracts';
import { providers } from '@cao/providers';
import { screenOf } from '@cao/providers/testing';
import { silentLogger } from '@cao/runtime';
import type { PaneState, TerminalServer } from '@cao/terminal';
import { expect, onTestFinished, test } from 'vitest';
import { watchDisk } from '../state/disk.ts';
import { makeStateFiles } from '../state/files.ts';
import { noTranscript } from '../testing/transcript.ts';
import { deliver } from './deliver.ts';
import { recordFile, type TerminalRecord } from './record.ts';
import { TerminalSession } from './session.ts';

const ref = { id: 'a1234567', epoch: 1, pane: '%1', window: '@1', pid: 1 };
const RULE = '─'.repeat(120);
const BOX = `${RULE}\n❯ \n${RULE}\n  scripted agent, no AI`;

/** An idle scripted agent in a pane that tells what is pasted into it. */
function anIdleAgent() {
  const stateDir = mkdtempSync(join(tmpdir(), 'cao-deliver-'));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const told: AgentEvent[] = [];
  const pasted: number[] = [];
  const tmux = {
    list: async () => [{ ...ref, seq: 0, sent: 0, dead: false } as unknown as PaneState],
    screen: async () => screenOf(BOX),
    deliver: async (_: unknown, { seq }: { seq: number }) => {
      pasted.push(seq);
      return { ok: true };
    },
    submit: async () => ({ ok: true }),
  } as unknown as TerminalServer;
  const disk = watchDisk(stateDir, silentLogger);
  onTestFinished(() => disk.stop());
  const files = makeStateFiles(stateDir, disk);
  const record = { ...ref, provider: 'scripted', token: '', inFlight: null, provenSeq: 0, logPath: null };
  const emit = (event: AgentEvent) => void told.push(event);
  const session = new TerminalSession(
    { tmux, disk, files, log: silentLogger, recordDir: null, emit },
    {
      ref,
      record: { ...record, approval: null, answered: null } as unknown as TerminalRecord,
      transcript: noTranscript(files),
      provider: providers.scripted,
      agent: { ...providers.scripted.initial, status: 'idle', source: 'hook', ready: true },
      inMode: false,
      bracketed: true,
    },
  );
  onTestFinished(() => session.end());
  const send = (seq: number) =>
    deliver(session, {
      do: 'deliver',
      terminal: ref.id,
      epoch: 1,
      seq,
      prev: seq - 1,
      message_id: '11111111-2222-3333-4444-555555555555',
      text: 'hello',
    });
  return { path: recordFile(stateDir, ref.id, 1), disk, told, pasted, send };
}

test('what the disk would not remember is not pasted, and the host says when it may come again', async () => {
  const { path, disk, told, pasted, send } = anIdleAgent();
  // A folder stands where the draft of the record belongs.
  mkdirSync(`${path}.${process.pid}.new`, { recursive: true });
  const refused = { outcome: 'refused', reason: 'disk_failing', cursor: { seq: 0, sent: 0 } };
  expect(await send(1)).toEqual(refused);
  expect(await send(1)).toEqual(refused);
  expect(pasted).toEqual([]);
  expect(told).toEqual([]);

  rmSync(`${path}.${process.pid}.new`, { recursive: true });
  await expect.poll(() => told.map(({ kind }) => kind), { timeout: 5_000 }).toEqual(['ready']);
  expect(disk.trouble()).toBeNull();
  expect(await send(1)).toEqual({ outcome: 'pasted' });
  expect(pasted).toEqual([1]);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ inFlight: { seq: 1, text: 'hello' } });
});
