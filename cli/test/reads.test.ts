import { api, CaoError } from '@cao/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cao } from './support/cao.ts';
import { type FakeApi, startFakeApi } from './support/fake-api.ts';
import {
  APPROVAL,
  approvalView,
  hostView,
  MESSAGE,
  messageView,
  sessionView,
  TASK,
  TERMINAL,
  taskView,
  terminalView,
} from './support/views.ts';

const worker = terminalView({
  id: 'c0ffee00',
  agent_profile: 'reviewer',
  host_id: null,
  host_name: null,
  lifecycle: 'placing',
  queued: 2,
  reason: 'no host has the label gpu',
});
const conductor = terminalView({
  last_answer: Array.from({ length: 25 }, (_, i) => `line ${i + 1}`).join('\n'),
});
let fake: FakeApi;
beforeAll(async () => {
  fake = await startFakeApi({
    'sessions.list': () => ({ sessions: [{ ...sessionView(), terminals: [conductor, worker] }] }),
    'sessions.get': ({ params }) => {
      if (params.name !== 'my-task') throw new CaoError('not_found', `there is no session ${params.name}`);
      return { session: sessionView(), terminals: [worker, conductor] };
    },
    'approvals.list': () => ({ approvals: [approvalView()] }),
    'terminals.list': () => ({ terminals: [conductor, worker] }),
    'terminals.output': ({ query }) => ({ mode: query.mode, output: 'red \x1b[31malert\x1b[0m' }),
    'terminals.why': ({ params }) => ({
      kind: 'terminal',
      id: params.id,
      lines: ['it waits for a host'],
      next: 'Add a host with the label gpu.',
      hosts: [{ host: hostView(), reason: 'has no label gpu' }],
    }),
    'terminals.message': () => ({ message: messageView({ state: 'dead', reason: 'terminal_closed' }) }),
    'tasks.get': () => ({ task: taskView() }),
    'tasks.list': () => ({ tasks: [taskView()] }),
    'system.health': () => ({ status: 'ok', service: 'api', version: '0.1.0' }),
    'system.ready': () => ({ ready: true, database: { ok: true }, queue: { ok: true } }),
    'hosts.list': () => ({ hosts: [hostView()] }),
    'hosts.get': () => ({ host: hostView(), terminals: [conductor] }),
  });
});
afterAll(() => fake[Symbol.asyncDispose]());

const run = (...args: string[]) => cao(args, { url: fake.url });

test.each([
  [['session', 'list'], api.sessions.list],
  [['session', 'list', '--all'], api.sessions.list],
  [['terminal', 'list'], api.terminals.list],
  [['terminal', 'output', TERMINAL], api.terminals.output],
  [['host', 'list'], api.hosts.list],
  [['host', 'show', 'laptop'], api.hosts.get],
  [['why', TERMINAL], api.terminals.why],
  [['message', 'show', MESSAGE], api.terminals.message],
  [['task', 'show', TASK], api.tasks.get],
  [['task', 'list', 'my-task'], api.tasks.list],
] as const)('cao %j --json prints what the api says, unchanged', async (args, endpoint) => {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(() => endpoint.response.parse(JSON.parse(stdout))).not.toThrow();
});

test('a message and a task tell what became of them, and when', async () => {
  const message = await run('message', 'show', MESSAGE);
  expect(message.stdout).toMatch(/state +dead: terminal_closed/);
  expect(message.stdout).toMatch(/accepted +–/);
  const task = await run('task', 'show', TASK);
  expect(task.stdout).toMatch(/state +failed: its CLI was killed by signal 9/);
  expect(task.stdout).toMatch(/worker +c0ffee00 \(reviewer\)/);
  expect((await run('task', 'list', 'my-task')).stdout).toContain(TASK);
});

test('info tells which CAO this is, and which CLIs its hosts can run', async () => {
  const { code, stdout } = await cao(['info'], { url: fake.url, env: { CAO_SESSION_NAME: 'cao-my-task' } });
  expect(code).toBe(0);
  expect(stdout).toMatch(/session +cao-my-task/);
  expect(stdout).toMatch(/scripted \(Scripted agent \(no AI\)\) +1\.0\.0 +laptop +logged in/);
  const { api: told, hosts } = JSON.parse((await run('info', '--json')).stdout);
  expect(told).toMatchObject({ url: fake.url, ready: true });
  expect(hosts).toHaveLength(1);
});

test('session status shows the conductor first, why one waits, what they ask, twenty lines of the answer, and the local line', async () => {
  const { code, stdout, stderr } = await run('session', 'status', 'my-task');
  expect(code).toBe(0);
  const lines = stdout.split('\n');
  expect(lines[2]).toMatch(/^a1b2c3d4 {2}developer ★ +scripted +laptop +idle/);
  expect(lines[3]).toMatch(/^c0ffee00 .* placing .* 2 +no host has the label gpu$/);
  expect(stdout).toMatch(new RegExp(`^${APPROVAL} .* Bash +make$`, 'm'));
  expect(stdout).toContain('line 20\n');
  expect(stdout).not.toContain('line 21');
  expect(stderr).toContain('5 more lines');
  expect(stdout).toContain('on laptop: tmux -L cao attach -r -t cao-my-task');
});

test('session status --json has the terminals in the same order and the whole answer', async () => {
  const { stdout } = await run('session', 'status', 'my-task', '--json');
  const status = JSON.parse(stdout);
  expect(status.terminals.map((one: { id: string }) => one.id)).toEqual([TERMINAL, 'c0ffee00']);
  expect(status.last_answer).toContain('line 25');
});

test('a flag that changes nothing says so', async () => {
  expect((await run('session', 'status', 'my-task', '--workers')).stderr).toContain(
    '--workers changes nothing',
  );
});

test('an escape sequence from an agent reaches no terminal', async () => {
  expect((await run('terminal', 'output', TERMINAL)).stdout).toBe('red ␛[31malert␛[0m\n');
});

test('why says what to do next, and why each host does not fit', async () => {
  const { stdout } = await run('why', MESSAGE);
  expect(stdout).toContain('laptop  online  has no label gpu');
  expect(stdout).toContain('next: Add a host with the label gpu.');
});

test('the token goes with every call', () => {
  expect(new Set(fake.calls.map((call) => call.token))).toEqual(new Set(['caot_test']));
});
