import { api, CaoError, decidedAs } from '@cao/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cao } from './support/cao.ts';
import { type FakeApi, startFakeApi } from './support/fake-api.ts';
import { APPROVAL, approvalView, TERMINAL } from './support/views.ts';

const GONE = '7b0c1d52-4f3e-4a1b-9c8d-2e6f5a4b3c99';
let fake: FakeApi;
beforeAll(async () => {
  fake = await startFakeApi({
    'approvals.list': ({ query }) => ({
      approvals: [
        approvalView({ input: { command: 'make \x1b[31mall\n&& rm x' } }),
        ...(query.state === 'open'
          ? []
          : [approvalView({ id: GONE, tool: '', input: 'Do you want to proceed?', state: 'closed' })]),
      ],
    }),
    'approvals.get': () => ({
      approval: approvalView({ input: { file_path: '/a', new_string: 'x\x1b[2J' }, input_cut: true }),
    }),
    'approvals.answer': ({ params, body }) => {
      if (params.id === GONE)
        throw new CaoError('conflict', `approval ${GONE} is not open any more: its turn ended`);
      const { decision } = body as { decision: 'allow' | 'deny' };
      return { approval: approvalView({ state: decidedAs[decision], decision, answered_by: 'me' }) };
    },
  });
});
afterAll(() => fake[Symbol.asyncDispose]());

const run = (...args: string[]) => cao(['approval', ...args], { url: fake.url });

test.each([
  [['list'], api.approvals.list],
  [['show', APPROVAL], api.approvals.get],
  [['allow', APPROVAL], api.approvals.answer],
] as const)('cao approval %j --json prints what the api says, unchanged', async (args, endpoint) => {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(() => endpoint.response.parse(JSON.parse(stdout))).not.toThrow();
});

test('the list has what waits, one line each, and says how to answer', async () => {
  const { stdout, stderr } = await run('list', '--session', 'my-task');
  const [, line, ...rest] = stdout.split('\n');
  expect(line).toMatch(
    new RegExp(`^${APPROVAL} +${TERMINAL} +cao-my-task +developer +.+ +Bash +make ␛\\[31mall ⏎ && rm x$`),
  );
  expect(rest).toEqual(['']);
  expect(stderr).toContain('cao approval allow ID');
  expect(fake.calls.at(-1)?.query).toMatchObject({ session: 'my-task', state: 'open' });
});

test('with --all come those that are over, with their state', async () => {
  const { stdout } = await run('list', '--all');
  expect(stdout).toMatch(
    new RegExp(`^${GONE} .* closed .* \\(on its screen\\) +Do you want to proceed\\?$`, 'm'),
  );
});

test('show prints the whole input, as text that drives no terminal', async () => {
  const { stdout, stderr } = await run('show', APPROVAL);
  expect(stdout).toContain('"new_string": "x\\u001b[2J"');
  expect(stdout).not.toContain('\x1b');
  expect(stdout).toContain('too long and left out');
  expect(stderr).toContain(`cao approval deny ${APPROVAL}`);
});

test('allow and deny say what became of it', async () => {
  expect(await run('allow', APPROVAL)).toMatchObject({
    code: 0,
    stdout: '',
    stderr: `allowed Bash of terminal ${TERMINAL}\n`,
  });
  expect(fake.calls.at(-1)?.body).toEqual({ decision: 'allow' });
  expect(await run('deny', APPROVAL)).toMatchObject({
    code: 0,
    stderr: `denied Bash of terminal ${TERMINAL}\n`,
  });
});

test('one that is over is a conflict, and what is no id is a wrong call', async () => {
  const late = await run('deny', GONE);
  expect(late).toMatchObject({ code: 5, stdout: '' });
  expect(late.stderr).toContain('its turn ended');
  expect(late.stderr).toContain('next: ');
  expect(await run('allow', 'Bash')).toMatchObject({ code: 2 });
});
