import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { startHookServer } from '../../../test/support/hook-server.ts';
import { startMcpServer } from '../../../test/support/mcp-server.ts';
import { startPane } from '../../../test/support/pane.ts';

const program = fileURLToPath(new URL('../../../test/support/scripted-agent/main.ts', import.meta.url));
const TOKEN = 'secret-of-the-terminal';

/** An agent that has said SessionStart. */
async function startAgent(env: Record<string, string> = {}, ...flags: string[]) {
  const stack = new AsyncDisposableStack();
  const hooks = stack.use(await startHookServer());
  const pane = stack.use(
    await startPane([process.execPath, program, '--log', 'log.jsonl', '--record', 'record.jsonl', ...flags], {
      CAO_HOOK_URL: hooks.url,
      CAO_TERMINAL_TOKEN: TOKEN,
      ...env,
    }),
  );
  const lines = (file: string): Record<string, unknown>[] =>
    readFileSync(join(pane.dir, file), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  await hooks.next('SessionStart');
  return {
    hooks,
    pane,
    log: () => lines('log.jsonl'),
    /** What reached it; what it did about it is in the log. */
    record: () =>
      lines('record.jsonl').flatMap(({ pid: _pid, ...line }) => (line.did === undefined ? [line] : [])),
    async prompt(text: string) {
      await pane.paste(text);
      await pane.keys('Enter');
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe('the scripted agent', () => {
  test('says what it is, takes a prompt, answers it, and tells of all by hooks and log', async () => {
    await using agent = await startAgent();
    expect(await agent.pane.capture()).toContain('It is no AI');
    await agent.prompt('please [[say Hello *markdown*]]');
    const submit = await agent.hooks.next('UserPromptSubmit');
    expect(submit.body.prompt).toBe('please [[say Hello *markdown*]]');
    expect(submit.headers.authorization).toBe(`Bearer ${TOKEN}`);
    const stop = await agent.hooks.next('Stop');
    expect(stop.body).toMatchObject({ last_assistant_message: 'Hello *markdown*', background_tasks: [] });
    expect(agent.log().map((line) => line.type)).toEqual(['ready', 'prompt', 'answer']);
    expect(agent.record()).toEqual([{ n: 1, text: 'please [[say Hello *markdown*]]' }]);
    await agent.pane.until(
      (screen) => screen.includes('● Hello *markdown*') && !screen.includes('esc to interrupt'),
    );
  });

  test('answers a prompt without directives, and a message otherwise', async () => {
    await using agent = await startAgent();
    await agent.prompt('first line\nsecond');
    expect((await agent.hooks.next('Stop')).body.last_assistant_message).toBe('Done: first line');
    await agent.prompt('result is 4\n\n[Message from terminal ab12cd34. Use send_message MCP tool.]');
    expect((await agent.hooks.next('Stop')).body.last_assistant_message).toBe('Noted: result is 4');
  });

  test('keeps every byte of a long paste and shows it collapsed', async () => {
    await using agent = await startAgent();
    const text = Array.from(
      { length: 400 },
      (_, n) => `line ${n}: "quotes" $HOME \\ ümlaut 漢字 \t tab`,
    ).join('\n');
    await agent.pane.paste(text);
    await agent.pane.until((screen) => screen.includes('[Pasted text #1 +399 lines]'));
    await agent.pane.keys('Enter');
    expect((await agent.hooks.next('UserPromptSubmit')).body.prompt).toBe(text);
    expect(agent.record()[0]?.text).toBe(text);
  });

  test('shows a dim placeholder in an empty box, and clears it with C-u', async () => {
    await using agent = await startAgent();
    expect(await agent.pane.capture(true)).toContain('\x1b[2mType a prompt');
    await agent.pane.keys('-l', 'some draft');
    await agent.pane.until((screen) => screen.includes('❯ some draft'));
    await agent.pane.keys('BSpace');
    await agent.pane.until((screen) => /❯ some draf$/m.test(screen));
    await agent.pane.keys('C-u');
    await agent.pane.until((screen) => screen.includes('❯ Type a prompt'));
  });

  test('stops at Esc with a line in the log and no hook', async () => {
    await using agent = await startAgent();
    await agent.prompt('[[sleep 100000]]');
    await agent.pane.until((screen) => screen.includes('working · esc to interrupt'));
    await agent.hooks.next('UserPromptSubmit');
    await agent.pane.keys('Escape');
    await agent.pane.until(
      (screen) => screen.includes('Interrupted') && !screen.includes('esc to interrupt'),
    );
    expect(agent.log().at(-1)).toMatchObject({ type: 'interrupted', turn: 1 });
    expect(agent.hooks.seen.map((hook) => hook.name)).toEqual(['SessionStart', 'UserPromptSubmit']);
  });

  test('asks for permission, acts on the key at once, and writes the key down', async () => {
    await using agent = await startAgent();
    await agent.prompt('[[ask Bash rm -rf x]] [[say removed]]');
    const asked = await agent.hooks.next('PermissionRequest');
    expect(asked.body).toMatchObject({ tool_name: 'Bash', tool_input: { command: 'rm -rf x' } });
    await agent.pane.until((screen) => screen.includes('Do you want to proceed?'));
    await agent.pane.keys('1');
    expect((await agent.hooks.next('Stop')).body.last_assistant_message).toBe('removed');
    expect(agent.record().at(-1)).toEqual({ dialog_key: '1' });
  });

  test('takes the decision of the hook for the key', async () => {
    await using agent = await startAgent();
    agent.hooks.reply('PermissionRequest', {
      hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'allow' } },
    });
    await agent.prompt('[[ask Bash ls]] [[say listed]]');
    expect((await agent.hooks.next('Stop')).body.last_assistant_message).toBe('listed');
    expect(agent.record()).toHaveLength(1);
  });

  test('writes down a paste that came into a dialog, and an Enter there is a yes', async () => {
    await using agent = await startAgent();
    await agent.prompt('[[ask Bash rm -rf x]] [[say removed]]');
    await agent.pane.until((screen) => screen.includes('Do you want to proceed?'));
    await agent.prompt('a message for the box');
    await agent.hooks.next('Stop');
    expect(agent.record().slice(1)).toEqual([
      { misplaced: 'dialog', text: 'a message for the box' },
      { dialog_key: 'enter' },
    ]);
  });

  test('fails, dies and leaves as it is told', async () => {
    await using agent = await startAgent();
    await agent.prompt('[[fail overloaded]]');
    expect((await agent.hooks.next('StopFailure')).body.error).toBe('overloaded');
    await agent.prompt('[[die 3]]');
    expect(await agent.pane.exitCode()).toBe(3);
    await using other = await startAgent();
    await other.prompt('/exit');
    await other.hooks.next('SessionEnd');
    expect(await other.pane.exitCode()).toBe(0);
  });

  test('ends a turn with work in the background and begins the next by itself', async () => {
    await using agent = await startAgent();
    await agent.prompt('[[say started]] [[background 10]] [[say finished]]');
    const first = await agent.hooks.next('Stop');
    expect(first.body.background_tasks).toHaveLength(1);
    expect((await agent.hooks.next('UserPromptSubmit')).body.prompt).toContain('<task-notification>');
    const second = await agent.hooks.next('Stop');
    expect(second.body).toMatchObject({ last_assistant_message: 'finished', background_tasks: [] });
    expect(agent.record()).toHaveLength(1);
  });

  test('waits for messages over turns and goes on with their texts', async () => {
    await using agent = await startAgent();
    await agent.prompt('[[await 2]] [[say sum: $m1 and $m2]]');
    await agent.hooks.next('Stop');
    await agent.prompt('four [[say quoted]]\n\n[Message from terminal aa000001. Use it.]');
    expect((await agent.hooks.next('Stop')).body.last_assistant_message).toBe('Noted: four [[say quoted]]');
    await agent.prompt('five\n\n[Message from terminal aa000002. Use it.]');
    expect((await agent.hooks.next('Stop')).body.last_assistant_message).toBe(
      'sum: four [[say quoted]] and five',
    );
  });

  test('queues what is submitted during a turn and takes it next', async () => {
    await using agent = await startAgent();
    await agent.prompt('[[sleep 300]]');
    await agent.hooks.next('UserPromptSubmit');
    await agent.prompt('while busy');
    await agent.hooks.next('Stop');
    expect((await agent.hooks.next('UserPromptSubmit')).body.prompt).toBe('while busy');
    await agent.hooks.next('Stop');
    expect(agent.record().map((line) => line.text)).toEqual(['[[sleep 300]]', 'while busy']);
  });

  test('prints a flood and still takes the next prompt', async () => {
    await using agent = await startAgent();
    await agent.prompt('[[flood 1MB]] [[say dry]]');
    expect((await agent.hooks.next('Stop')).body.last_assistant_message).toBe('dry');
    await agent.prompt('after');
    expect((await agent.hooks.next('Stop')).body.last_assistant_message).toBe('Done: after');
  });
});

describe('tools of the scripted agent', () => {
  test('are called over MCP with the bearer, and later directives use the result', async () => {
    await using mcp = await startMcpServer({ handoff: [{ success: true, output: 'looks *good*' }] });
    await using agent = await startAgent({ CAO_MCP_URL: mcp.url });
    const message = 'review [[say ok]]';
    await agent.prompt(
      `[[call handoff ${JSON.stringify({ agent_profile: 'reviewer', message })}]] [[say got $1.output]]`,
    );
    expect((await agent.hooks.next('Stop')).body.last_assistant_message).toBe('got looks *good*');
    expect(mcp.calls).toEqual([
      { tool: 'handoff', input: { agent_profile: 'reviewer', message }, bearer: `Bearer ${TOKEN}` },
    ]);
  });

  test('that answer running are waited for', async () => {
    const running = { status: 'running', task_id: 't1', output: null };
    await using mcp = await startMcpServer({
      handoff: [running],
      wait_task: [running, { status: 'completed', output: '42' }],
    });
    await using agent = await startAgent({ CAO_MCP_URL: mcp.url });
    await agent.prompt('[[call handoff {"agent_profile":"a","message":"b"}]] [[say $1.output]]');
    expect((await agent.hooks.next('Stop')).body.last_assistant_message).toBe('42');
    expect(mcp.calls.map(({ tool, input }) => [tool, input.task_id])).toEqual([
      ['handoff', undefined],
      ['wait_task', 't1'],
      ['wait_task', 't1'],
    ]);
  });

  test('are tried again with the same arguments when the line breaks, without a tool-use id', async () => {
    await using mcp = await startMcpServer({ send_message: ['break', 'break', { success: true }] });
    await using agent = await startAgent({ CAO_MCP_URL: mcp.url });
    await agent.prompt('[[reply the result]] [[say sent: $1.success]]');
    expect((await agent.hooks.next('Stop')).body.last_assistant_message).toBe('sent: true');
    expect(mcp.calls.map(({ input }) => input)).toEqual(Array(3).fill({ message: 'the result' }));
  });
});

describe('malice of the scripted agent', () => {
  test('swallows the first Enter and keeps the text', async () => {
    await using agent = await startAgent({ CAO_SCRIPTED_MALICE: 'seed=1,swallow_enter=1' });
    await agent.prompt('stubborn');
    await agent.pane.until((screen) => screen.includes('❯ stubborn'));
    expect(agent.hooks.seen).toHaveLength(1);
    await agent.pane.keys('Enter');
    await agent.pane.keys('Enter');
    await agent.hooks.next('Stop');
    expect(agent.record()).toEqual([{ n: 1, text: 'stubborn' }]);
  });

  test('drops a whole paste', async () => {
    await using agent = await startAgent({ CAO_SCRIPTED_MALICE: 'drop_paste=1' });
    await agent.pane.paste('never seen');
    await agent.pane.keys('-l', 'typed');
    await agent.pane.until((screen) => screen.includes('❯ typed'));
  });

  test('dies in the middle of a paste', async () => {
    await using agent = await startAgent({ CAO_SCRIPTED_MALICE: 'die_in_paste=1' });
    await agent.pane.paste('last words');
    expect(await agent.pane.exitCode()).toBe(9);
  });

  test('loses hooks and never the log', async () => {
    await using hooks = await startHookServer();
    await using pane = await startPane([process.execPath, program, '--log', 'log.jsonl'], {
      CAO_HOOK_URL: hooks.url,
      CAO_SCRIPTED_MALICE: 'lose_hook=1',
    });
    await pane.until((screen) => screen.includes('❯ Type a prompt'));
    await pane.paste('quiet');
    await pane.keys('Enter');
    await pane.until((screen) => screen.includes('● Done: quiet'));
    expect(hooks.seen).toEqual([]);
    expect(readFileSync(join(pane.dir, 'log.jsonl'), 'utf8')).toContain(
      '"type":"prompt","turn":1,"text":"quiet"',
    );
  });

  test('opens a dialog out of nowhere that closes by itself', async () => {
    await using agent = await startAgent({ CAO_SCRIPTED_MALICE: 'seed=3,dialog=1' });
    await agent.prompt('hello');
    await agent.hooks.next('Stop');
    expect((await agent.hooks.next('PermissionRequest')).body.tool_name).toBe('Update');
    expect((await agent.hooks.next('PostToolUse')).body.closed).toBe(true);
    await agent.pane.until((screen) => !screen.includes('Do you want to proceed?'));
    expect(agent.record()).toHaveLength(1);
  });
});
