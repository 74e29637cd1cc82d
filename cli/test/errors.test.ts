import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CaoError, errorCodes, errorTable } from '@cao/contracts';
import { expect, test } from 'vitest';
import { cao } from './support/cao.ts';
import { startFakeApi } from './support/fake-api.ts';

/** A port where nobody listens: one that just was ours. */
async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

test('an api that is down: exit 6, and what to do', async () => {
  const { code, stdout, stderr } = await cao(['session', 'list'], { url: await deadUrl() });
  expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
  expect(stderr).toMatch(/^error: CAO does not answer at http:\/\/127/);
  expect(stderr).toContain('next: Start CAO with `cao up`');
});

test('with --json the error is the document on stdout', async () => {
  const { code, stdout, stderr } = await cao(['host', 'list', '--json'], { url: await deadUrl() });
  expect({ code, stderr }).toEqual({ code: 6, stderr: '' });
  expect(JSON.parse(stdout).error).toMatchObject({
    code: 'unreachable',
    retryable: true,
    next: expect.any(String),
  });
});

test('every code of the api has its exit code', async () => {
  let answer: (typeof errorCodes)[number] = 'internal';
  await using fake = await startFakeApi({
    'hosts.list': () => {
      throw new CaoError(answer, `because of ${answer}`);
    },
  });
  for (const code of errorCodes) {
    answer = code;
    const ended = await cao(['host', 'list'], { url: fake.url });
    expect(ended.code, code).toBe(errorTable[code].exit);
    expect(ended.stderr).toBe(`error: because of ${code}\nnext: ${errorTable[code].next}\n`);
  }
});

test.each([
  [['sesion'], 'Did you mean `cao session`?'],
  [['session', 'lsit'], 'Did you mean `cao session list`?'],
  [['session'], 'cao session needs one of: list, status, send, watch'],
  [['session', 'list', '--jsno'], 'Did you mean --json?'],
  [['--verison'], 'unknown option --verison'],
  [['terminal', 'attach', '12345678'], 'ID: a terminal id is 8 hex digits'],
  [['shutdown'], 'give either --all or --session NAME'],
  [['launch', '--agents', 'developer', '--env', 'A=1'], '--env is not supported'],
  [['up', '--bind', '0.0.0.0'], 'plain text'],
  [['up', '--port', '0'], '--port: must be at least 1'],
  [['host', 'join', 'http://127.0.0.1:1'], 'a join token is missing'],
])('cao %j is a mistake of the person: exit 2', async (args, said) => {
  const { code, stderr, stdout } = await cao(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(said);
  expect(stderr).toContain('next: ');
});

test('help is data: on stdout, exit 0, in every way to ask for it', async () => {
  const ways = [
    ['help', 'session', 'list'],
    ['session', 'list', '--help'],
    ['session', 'list', '-h'],
  ];
  const [first, ...others] = await Promise.all(ways.map((args) => cao(args)));
  expect(first).toMatchObject({ code: 0, stderr: '' });
  for (const other of others) expect(other).toEqual(first);
  expect((await cao([])).stdout).toBe((await cao(['help'])).stdout);
  expect((await cao(['session', '--help'])).stdout).toContain('session watch');
});

test('the version needs no environment that is right', async () => {
  const { code, stdout } = await cao(['-V'], { env: { CAO_URL: 'nonsense' } });
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'cao 0.1.0\n' });
  const wrong = await cao(['session', 'list'], { env: { CAO_URL: 'nonsense' } });
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('CAO_URL: must be a URL');
});
