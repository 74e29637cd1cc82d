import { join } from 'node:path';
import { createClient } from '@cao/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { httpCall, refusalOf } from '../support/bad-input/http-call.ts';
import { freshDatabase } from '../support/services.ts';
import { pageFolder } from '../support/stack/page-folder.ts';
import { serviceProcess } from '../support/stack/service-process.ts';
import { expiredCode, storedToken } from '../support/stack/tokens.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

let stack: Stack;
let page: ReturnType<typeof pageFolder>;

beforeAll(async () => {
  page = pageFolder();
  stack = await withStack({ hosts: 0, serviceEnv: { CAO_WEB_DIR: page.dir } });
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  page?.remove();
});

const login = (code: string) => createClient({ url: stack.url }).access.login({ body: { code } });

test('a login code logs in once: of two at the same moment, one', async () => {
  const { code } = await stack.client.access.createLoginLink();
  const tries = await Promise.allSettled([login(code), login(code)]);
  const won = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  expect(won).toHaveLength(1);
  expect(tries.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'unauthenticated' },
  });
  await expect(login(code)).rejects.toMatchObject({ code: 'unauthenticated' });
  const { token, scope } = won[0]!;
  expect(scope).toBe('admin');
  const me = await createClient({ url: stack.url, token }).access.whoami();
  expect(me).toEqual({ scope: 'admin', name: 'login', terminal_id: null, caller_id: null });
});

test('a code that has expired logs nobody in and lets no host join', async () => {
  await expect(login(await expiredCode(stack, 'login'))).rejects.toMatchObject({ code: 'unauthenticated' });
  const body = { token: await expiredCode(stack, 'join'), public_key: 'a2V5', name: 'late' };
  await expect(stack.client.hosts.join({ body })).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('a code is good for its own purpose only', async () => {
  const { token } = await stack.client.hosts.createJoinToken();
  await expect(login(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  const { code } = await stack.client.access.createLoginLink();
  const body = { token: code, public_key: 'a2V5', name: 'thief' };
  await expect(stack.client.hosts.join({ body })).rejects.toMatchObject({ code: 'unauthenticated' });
  await expect(login(code)).resolves.toMatchObject({ scope: 'admin' });
});

test('a join token is used by one of two hosts, and a name that is taken does not use it up', async () => {
  const { token } = await stack.client.hosts.createJoinToken();
  const join = (name: string) => stack.client.hosts.join({ body: { token, public_key: 'a2V5', name } });
  const tries = await Promise.allSettled([join('first'), join('second')]);
  expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const taken = tries[0]!.status === 'fulfilled' ? 'first' : 'second';
  const next = await stack.client.hosts.createJoinToken();
  const again = (name: string) =>
    stack.client.hosts.join({ body: { token: next.token, public_key: btoa(name), name } });
  await expect(again(taken)).rejects.toMatchObject({ code: 'conflict', details: { field: 'name' } });
  await expect(again('third')).resolves.toMatchObject({ host_id: expect.any(String) });
});

test.each(['viewer', 'operator', 'admin'] as const)('whoami tells a %s what it may', async (scope) => {
  const token = await storedToken(stack, scope);
  const me = await createClient({ url: stack.url, token }).access.whoami();
  expect(me).toMatchObject({ scope, terminal_id: null });
});

test.each([
  ['another site', 'https://evil.example', false],
  ['another port', 'http://127.0.0.1:1', false],
  ['a file', 'null', false],
  ['a name that begins like ours', 'http://127.0.0.1:1.evil.example', false],
  ['the page itself', '', true],
])('a browser on %s: may it call? %s %s', async (_, origin, may) => {
  const headers = { origin: origin === '' ? stack.url : origin };
  const { status, text } = await httpCall(stack.url, {
    path: '/api/v1/sessions',
    token: stack.adminToken,
    headers,
  });
  expect(status).toBe(may ? 200 : 403);
  if (!may) expect(JSON.parse(text)).toMatchObject({ error: { code: 'forbidden' } });
});

test.each(['/', '/login', '/api/v1/health', '/nothing', '/api/v1/sessions'])(
  '%s comes with the headers that keep a browser in bounds',
  async (path) => {
    const { headers } = await httpCall(stack.url, { path });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src[^;]*unsafe|\*/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['set-cookie']).toBeUndefined();
  },
);

test('the page is served, and nothing beside it', async () => {
  expect((await httpCall(stack.url, { path: '/' })).text).toBe(page.index);
  expect((await httpCall(stack.url, { path: '/login' })).text).toBe(page.index);
  for (const path of ['/../secret', '/%2e%2e/secret', '/..%2fsecret', '/%5c..%5csecret', '/.hidden']) {
    const answer = await httpCall(stack.url, { path });
    expect([400, 403, 404]).toContain(answer.status);
    expect(refusalOf(answer).code).toMatch(/bad_request|forbidden|not_found/);
    expect(answer.text).not.toContain('secret of the folder above');
  }
});

test('an api that is told no address listens on loopback', async () => {
  await using database = await freshDatabase();
  const api = serviceProcess({
    name: 'api-default',
    service: 'api',
    cwd: stack.dir,
    logFile: join(stack.dir, 'api-default.log'),
    env: { DATABASE_URL: database.url, CAO_PORT: '0', PATH: process.env.PATH ?? '' },
  });
  await api.start();
  await api.kill('SIGTERM'); // its log is whole then
  const listening = api
    .log()
    .split('\n')
    .flatMap((line) => /"url":"([^"]+)"/.exec(line)?.[1] ?? []);
  expect(listening).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/)]);
});

// The last one: afterwards this address may guess no more for a minute.
test('guessing codes is cut off, with the time after which it may go on', async () => {
  const guess = () =>
    httpCall(stack.url, { method: 'POST', path: '/api/v1/login', body: { code: 'caol_guess' } });
  let answer = await guess();
  let guesses = 1;
  for (; answer.status === 401 && guesses < 100; guesses++) answer = await guess();
  expect(guesses).toBeLessThan(40);
  expect(refusalOf(answer)).toMatchObject({ code: 'rate_limited', retryable: true });
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  // Guessing keeps nobody else from working.
  expect((await stack.client.sessions.list()).sessions).toEqual([]);
});
