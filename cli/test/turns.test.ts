import { CaoError } from '@cao/contracts';
import { expect, test } from 'vitest';
import { cao, startCao } from './support/cao.ts';
import { type Handler, startFakeApi } from './support/fake-api.ts';
import {
  ended,
  hostView,
  MESSAGE,
  messageView,
  sessionView,
  TERMINAL,
  terminalView,
} from './support/views.ts';

const usual: Record<string, Handler> = {
  'sessions.get': () => ({ session: sessionView(), terminals: [terminalView()] }),
  'hosts.list': () => ({ hosts: [hostView()] }),
  'terminals.send': () => ({ message: messageView() }),
  'terminals.waitMessage': () => ({ message: ended(), terminal: terminalView() }),
  'terminals.output': ({ query }) => ({
    mode: query.mode,
    output: query.mode === 'last' ? 'four' : 'thinking…',
  }),
};

test('session send waits and prints the answer, and nothing else, on stdout', async () => {
  await using fake = await startFakeApi(usual);
  const { code, stdout } = await cao(['session', 'send', 'my-task', '2 + 2?'], { url: fake.url });
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'four\n' });
  expect(fake.calls.find((call) => call.name === 'terminals.send')?.body).toMatchObject({ text: '2 + 2?' });
});

test('session send - takes the text from stdin', async () => {
  await using fake = await startFakeApi(usual);
  await cao(['session', 'send', 'my-task', '-', '--async'], { url: fake.url, input: 'two\nlines\n' });
  expect(fake.calls.find((call) => call.name === 'terminals.send')?.body).toMatchObject({
    text: 'two\nlines',
  });
});

test('session send --json has message, terminal and answer', async () => {
  await using fake = await startFakeApi(usual);
  const { stdout } = await cao(['session', 'send', 'my-task', 'x', '--json'], { url: fake.url });
  expect(JSON.parse(stdout)).toMatchObject({
    answer: 'four',
    message: { id: MESSAGE },
    terminal: { id: TERMINAL },
  });
});

test('a send that met a restarting api is repeated with the same key: one message', async () => {
  let tries = 0;
  await using fake = await startFakeApi({
    ...usual,
    'terminals.send': () => {
      if (++tries < 3) throw new CaoError('unavailable', 'the database is restarting');
      return { message: messageView() };
    },
  });
  const { code, stderr } = await cao(['terminal', 'send', TERMINAL, 'x', '--async'], { url: fake.url });
  expect(code).toBe(0);
  expect(stderr).toContain('the database is restarting; trying again');
  const keys = fake.calls.map((call) => (call.body as { idempotency_key: string }).idempotency_key);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
});

test('a permission prompt is told while one waits', async () => {
  let polls = 0;
  await using fake = await startFakeApi({
    ...usual,
    'terminals.waitMessage': () =>
      ++polls === 1
        ? {
            message: messageView({ state: 'accepted' }),
            terminal: terminalView({ status: 'waiting_user_answer' }),
          }
        : { message: ended(), terminal: terminalView() },
  });
  const { code, stderr } = await cao(['session', 'send', 'my-task', 'x'], { url: fake.url });
  expect(code).toBe(0);
  expect(stderr).toContain(
    `${TERMINAL} is waiting for a person's answer: \`cao terminal attach ${TERMINAL}\``,
  );
});

test.each([
  [
    'a message that is not taken',
    { message: messageView({ state: 'dead', reason: 'not_accepted' }), terminal: terminalView() },
    5,
    'was not taken: not_accepted',
  ],
  [
    'a terminal that closes',
    {
      message: messageView({ state: 'accepted' }),
      terminal: terminalView({ lifecycle: 'closed', reason: 'the CLI exited' }),
    },
    4,
    'has closed before it answered: the CLI exited',
  ],
  [
    'a turn that fails',
    { message: ended(), terminal: terminalView({ status: 'error', status_evidence: 'overloaded' }) },
    5,
    'ended with an error: overloaded',
  ],
])('%s ends the wait with its reason', async (_name, answer, exit, said) => {
  await using fake = await startFakeApi({ ...usual, 'terminals.waitMessage': () => answer });
  const { code, stderr } = await cao(['session', 'send', 'my-task', 'x'], { url: fake.url });
  expect(code).toBe(exit);
  expect(stderr).toContain(said);
});

test('a time-out ends the wait and not the work: exit 7', async () => {
  await using fake = await startFakeApi({
    ...usual,
    'terminals.waitMessage': () => ({
      message: messageView({ state: 'accepted' }),
      terminal: terminalView({ status: 'processing' }),
    }),
  });
  const { code, stderr } = await cao(['session', 'send', 'my-task', 'x', '--timeout', '0.2'], {
    url: fake.url,
  });
  expect(code).toBe(7);
  expect(stderr).toContain('It works on.');
});

test('Ctrl-C prints what the terminal shows and exits 130', async () => {
  const waiting = Promise.withResolvers<void>();
  await using fake = await startFakeApi({
    ...usual,
    'terminals.waitMessage': ({ gone }) => {
      waiting.resolve();
      return new Promise((_, reject) => gone.addEventListener('abort', () => reject(new Error('gone'))));
    },
  });
  await using running = startCao(['session', 'send', 'my-task', 'x'], { url: fake.url });
  await waiting.promise;
  running.signal('SIGINT');
  const { code, stdout, stderr } = await running.ended;
  expect({ code, stdout }).toEqual({ code: 130, stdout: 'thinking…\n' });
  expect(stderr).toContain(`${TERMINAL} works on`);
  expect(stderr).not.toContain('error:');
});

test('--terminal of another session is refused before anything is sent', async () => {
  await using fake = await startFakeApi(usual);
  const { code } = await cao(['session', 'send', 'my-task', 'x', '--terminal', 'c0ffee00'], {
    url: fake.url,
  });
  expect(code).toBe(4);
  expect(fake.calls.map((call) => call.name)).toEqual(['sessions.get']);
});
