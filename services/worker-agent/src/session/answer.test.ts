import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentEvent } from '@cao/contracts';
import { type Provider, providers } from '@cao/providers';
import { screenOf } from '@cao/providers/testing';
import { silentLogger } from '@cao/runtime';
import type { TerminalServer } from '@cao/terminal';
import { type TestContext, test } from 'vitest';
import { watchDisk } from '../state/disk.ts';
import { makeStateFiles } from '../state/files.ts';
import { noTranscript } from '../testing/transcript.ts';
import { answer } from './answer.ts';
import { type TerminalRecord, writeRecord } from './record.ts';
import { TerminalSession } from './session.ts';

const ref = { id: 'a1234567', epoch: 1, pane: '%1', window: '@1', pid: 1 };
const dialog = (about: string) =>
  `● working\n────────\n Bash command\n\n   ${about}\n\n Do you want to proceed?\n ❯ 1. Yes\n   2. No\n\n Esc to cancel`;
const RULE = '─'.repeat(40);
const BOX = `${RULE}\n❯ \n${RULE}\n  scripted agent, no AI`;

/** A terminal whose pane is what the test says it shows; keys are written down and handed to `onKeys`. Its tests wait for seconds, side by side. */
function aSession(
  onTestFinished: TestContext['onTestFinished'],
  given: {
    provider?: Provider;
    screen: string;
    onKeys?: (pressed: number) => void;
    onLook?: () => void;
  },
) {
  const stateDir = mkdtempSync(join(tmpdir(), 'cao-answer-'));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const told: AgentEvent[] = [];
  const pressed: string[] = [];
  const pane = { shows: given.screen };
  /** The outermost edge of a session, as far as answers touch it. */
  const tmux = {
    screen: async () => {
      given.onLook?.();
      return screenOf(pane.shows);
    },
    keys: async (_: unknown, keys: readonly string[]) => {
      pressed.push(...keys);
      given.onKeys?.(pressed.length);
    },
  } as unknown as TerminalServer;
  const provider = given.provider ?? providers.scripted;
  const record: TerminalRecord = {
    id: ref.id,
    epoch: ref.epoch,
    session: 'cao-x',
    provider: provider.id,
    cwd: '/',
    workspace: null,
    ending: null,
    nativeSessionId: '',
    token: '',
    secrets: [],
    api: null,
    apiPort: 0,
    onlyAsked: [],
    resumed: false,
    leased: false,
    outside: [],
    logPath: null,
    agent: null,
    logOffset: 0,
    inFlight: null,
    provenSeq: 0,
    approval: null,
    answered: null,
  };
  const disk = watchDisk(stateDir, silentLogger);
  const files = makeStateFiles(stateDir, disk);
  writeRecord(files, record);
  const deps = {
    tmux,
    disk,
    files,
    log: silentLogger,
    recordDir: null,
    emit: (event: AgentEvent) => told.push(event),
  };
  const transcript = noTranscript(files);
  const born = { ref, record, transcript, provider, agent: provider.initial, inMode: false, bracketed: true };
  const session = new TerminalSession(deps, born);
  onTestFinished(() => session.end());
  const here = new AbortController().signal;
  const asks = (dialogNumber: number, command: string, answerable = false) =>
    session.onHook(
      'PermissionRequest',
      { turn: 1, dialog: dialogNumber, tool_name: 'Bash', tool_input: { command }, answerable },
      here,
    );
  const goesOn = (dialogNumber: number) =>
    void session.onHook('PostToolUse', { turn: 1, dialog: dialogNumber, tool_name: 'Bash' }, here);
  const decide = (decision: 'allow' | 'deny', approval = session.approvals.open()?.id ?? '') =>
    answer(session, { do: 'answer', terminal: ref.id, epoch: 1, approval, decision });
  return { session, pane, pressed, told, asks, goesOn, decide };
}
const ends = (told: readonly AgentEvent[]) =>
  told.flatMap((event) => (event.kind === 'approval_closed' ? [event.reason] : []));

test.concurrent('the hook that is held is the answer, once, and no key is pressed', async ({
  expect,
  onTestFinished,
}) => {
  const { asks, decide, goesOn, pressed, told, session } = aSession(onTestFinished, {
    screen: dialog('make'),
  });
  const held = asks(1, 'make', true);
  const id = session.approvals.open()!.id;
  expect(await decide('deny')).toEqual({ outcome: 'answered' });
  expect(await held).toMatchObject({ hookSpecificOutput: { decision: { behavior: 'deny' } } });
  goesOn(1);
  expect(await decide('deny', id)).toEqual({ outcome: 'answered' });
  expect(await decide('allow', id)).toEqual({ outcome: 'gone' });
  expect(pressed).toEqual([]);
  await expect.poll(() => ends(told)).toEqual(['denied']);
});

test.concurrent('a hook is let go when its question was answered in the pane, replaced, or is not waited for any more', async ({
  expect,
  onTestFinished,
}) => {
  const { asks, goesOn, told, session } = aSession(onTestFinished, { screen: dialog('make') });
  const first = asks(1, 'make', true);
  goesOn(1);
  expect(await first).toEqual({});
  const second = asks(2, 'two', true);
  const third = asks(3, 'three', true);
  expect(await second).toEqual({});
  session.approvals.release();
  expect(await third).toEqual({});
  await expect.poll(() => ends(told)).toEqual(['answered_there', 'replaced']);
});

test.concurrent('a dialog that goes as soon as it is answered is known to have been there: its end may be told by nothing else', async ({
  expect,
  onTestFinished,
}) => {
  const seen: unknown[] = [];
  const { asks, decide, session, pane, goesOn } = aSession(onTestFinished, {
    provider: providers.codex,
    screen: dialog('make'),
    onKeys() {
      seen.push(session.agent.memo?.shown);
      pane.shows = BOX;
      goesOn(1);
    },
  });
  void asks(1, 'make');
  await decide('deny');
  expect(seen).toEqual([true]);
});

test.concurrent('keys that a dialog drops are pressed again until it goes, and not once more', async ({
  expect,
  onTestFinished,
}) => {
  const { asks, decide, pane, pressed, goesOn, told } = aSession(onTestFinished, {
    screen: dialog('make'),
    onKeys(count) {
      if (count < 3) return;
      pane.shows = BOX;
      goesOn(1);
    },
  });
  void asks(1, 'make');
  expect(await decide('allow')).toEqual({ outcome: 'answered' });
  expect(pressed).toEqual(['1', '1', '1']);
  await expect.poll(() => ends(told)).toEqual(['allowed']);
});

test.concurrent('a dialog that never takes its keys is a conflict, and stays open for another try', async ({
  expect,
  onTestFinished,
}) => {
  const { asks, decide, pressed, session, told } = aSession(onTestFinished, { screen: dialog('make') });
  void asks(1, 'make');
  const id = session.approvals.open()!.id;
  await expect(decide('allow')).rejects.toMatchObject({ code: 'conflict' });
  expect(pressed).toEqual(['1', '1', '1']);
  expect(session.approvals.open()).toMatchObject({ id, decided: null });
  expect(ends(told)).toEqual([]);
}, 15_000);

test.concurrent('another dialog that takes the place of the answered one gets none of its keys', async ({
  expect,
  onTestFinished,
}) => {
  const { asks, decide, pane, pressed } = aSession(onTestFinished, {
    screen: dialog('make'),
    onKeys: () => {
      pane.shows = dialog('rm -rf /');
    },
  });
  void asks(1, 'make');
  expect(await decide('allow')).toEqual({ outcome: 'answered' });
  expect(pressed).toEqual(['1']);
});

test.concurrent('no key is pressed where no dialog is seen', async ({ expect, onTestFinished }) => {
  const { asks, decide, pressed } = aSession(onTestFinished, { screen: BOX });
  void asks(1, 'make');
  expect(await decide('allow')).toEqual({ outcome: 'gone' });
  expect(pressed).toEqual([]);
});

test.concurrent('a dialog that is drawn long after its question was told gets its keys', async ({
  expect,
  onTestFinished,
}) => {
  let looks = 0;
  const { asks, decide, pane, pressed, goesOn } = aSession(onTestFinished, {
    provider: providers.codex,
    screen: BOX,
    onLook() {
      if (++looks === 20) pane.shows = dialog('make');
    },
    onKeys() {
      pane.shows = BOX;
      goesOn(1);
    },
  });
  void asks(1, 'make');
  expect(await decide('deny')).toEqual({ outcome: 'answered' });
  expect(pressed).toHaveLength(1);
});

test.concurrent('a question that came while another was open gets keys only when the screen shows it', async ({
  expect,
  onTestFinished,
}) => {
  const { asks, decide, pane, pressed, goesOn } = aSession(onTestFinished, {
    screen: dialog('touch first-file'),
    onKeys: () => goesOn(2),
  });
  void asks(1, 'touch first-file');
  void asks(2, 'touch second-file');
  await expect(decide('allow')).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('another question'),
  });
  expect(pressed).toEqual([]);
  pane.shows = dialog('touch second-file');
  expect(await decide('allow')).toEqual({ outcome: 'answered' });
  expect(pressed).toEqual(['1']);
});

test.concurrent('what no answer from here decides is a conflict that says where to go', async ({
  expect,
  onTestFinished,
}) => {
  const { session, decide, pressed } = aSession(onTestFinished, {
    provider: providers.claude_code,
    screen: '',
  });
  const body = { tool_name: 'AskUserQuestion', tool_input: { questions: [] } };
  void session.onHook('PermissionRequest', body, new AbortController().signal);
  await expect(decide('allow')).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('cao terminal attach a1234567'),
  });
  expect(pressed).toEqual([]);
});

test.concurrent('an id that is not the open one is gone', async ({ expect, onTestFinished }) => {
  const { asks, decide, session } = aSession(onTestFinished, { screen: dialog('make') });
  const held = asks(1, 'make', true);
  expect(await decide('allow', '7b0c1d52-4f3e-4a1b-9c8d-2e6f5a4b3c21')).toEqual({ outcome: 'gone' });
  expect(session.approvals.open()?.decided).toBeNull();
  session.approvals.release();
  expect(await held).toEqual({});
});
