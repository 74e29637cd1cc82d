import { CaoError } from '@cao/contracts';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openBrowser, picture, visit } from './support/browser.ts';
import { type Entrance, enterScene } from './support/enter.ts';
import { buildPage, type PageFiles } from './support/page-files.ts';
import { populate, SCRIPTED, type Scene, SUPERVISOR, setScene, WORKER } from './support/scene.ts';

let browser: Browser;
let files: PageFiles;

beforeAll(async () => {
  [browser, files] = await Promise.all([openBrowser(), buildPage()]);
});
afterAll(async () => {
  await browser?.close();
  await files?.[Symbol.asyncDispose]();
});

const enter = (fill: (scene: Scene) => void, options?: Entrance) => enterScene(browser, files, fill, options);

const team = ({ world }: Scene) => populate(world);

test('a browser without a token is told how to get a login link', async () => {
  const scene = await setScene(files);
  await using opened = await visit(browser, scene.api.url);
  onTestFinished(() => scene[Symbol.asyncDispose]());
  await opened.page.getByText('cao login --link').waitFor();
  expect(scene.api.requests).toEqual([]);
  expect(opened.complaints).toEqual([]);
  await picture(opened.page, 'login');
});

test('a login link logs in once, leaves no code in the address, and a reload stays logged in', async () => {
  const { api, page } = await enter(team);
  expect(page.url()).toBe(`${api.url}/`);
  await page.reload();
  await page.getByRole('heading', { name: 'cao-payments' }).waitFor();
  expect(api.requests.filter((each) => each === 'POST /api/v1/login')).toHaveLength(1);
});

test('a spent login link says so and how to get another', async () => {
  const scene = await setScene(files);
  onTestFinished(() => scene[Symbol.asyncDispose]());
  await using opened = await visit(browser, `${scene.api.url}/login#spent`);
  await opened.page.getByText('The login code is unknown, used or too old.').waitFor();
  await opened.page.getByText('cao login --link').waitFor();
});

test('a revoked token leads back to the login page', async () => {
  const { api, page } = await enter(team);
  api.tokens.clear();
  api.live.dropAll();
  await page.getByText('the token of this browser has ended').waitFor();
});

test('an empty installation says what to type next', async () => {
  const { page } = await enter(() => {});
  await page.getByText('cao up', { exact: true }).waitFor();
  await page.getByText('cao launch --agents developer').waitFor();
  await picture(page, 'empty');
});

test('hosts, sessions and statuses appear and change without a reload, and nothing is polled', async () => {
  const { world, page } = await enter(() => {});
  populate(world);
  const line = page.getByRole('link', { name: /code_supervisor/ });
  await line.getByText('processing').waitFor();
  await page.getByText('build-vm').waitFor();
  await page.getByText('1 agent works, 1 needs you').waitFor();
  world.terminal('terminal.status', { id: SUPERVISOR, status: 'completed' });
  await line.getByText('completed').waitFor();
  world.terminal('terminal.closed', { id: SUPERVISOR, lifecycle: 'closed', reason: 'shut down' });
  await line.waitFor({ state: 'detached' });
});

test('trouble of an agent is told in the words of its CLI, with what to do', async () => {
  const { world, page, api } = await enter(team);
  const failure = {
    kind: 'quota_exhausted',
    message: 'You have hit your <b>weekly</b> limit',
    resets_at: '2031-01-02T03:04:05.000Z',
  } as const;
  world.host({
    id: 'aaaa0001',
    providers: [
      { id: 'codex', title: 'Codex', version: '1.0.0', resumes: false, login: 'logged_out', limit: null },
      {
        id: 'kimi',
        title: 'Kimi',
        version: '2.0.0',
        resumes: false,
        login: 'logged_in',
        limit: { kind: 'quota_exhausted', until: failure.resets_at },
      },
    ],
  });
  world.terminal('terminal.trouble', { id: WORKER, status: 'error', failure });
  await page.getByText('Codex 1.0.0 (not logged in), Kimi 2.0.0 (out of quota)').waitFor();
  await page.goto(`${api.url}/#/t/${WORKER}`);
  const trouble = page.getByRole('region', { name: 'What went wrong' });
  await trouble.getByText('out of quota').waitFor();
  await trouble.getByText('You have hit your <b>weekly</b> limit').waitFor();
  await trouble.getByText('Jan 2, 2031').waitFor();
  await trouble.getByText('provider: [a, b]').waitFor();
  await picture(page, 'trouble');
  world.terminal('terminal.turn_ended', { id: WORKER, status: 'completed', failure: null });
  await trouble.waitFor({ state: 'detached' });
});

test('a page where nothing happens asks for nothing', async () => {
  const { api, page } = await enter(team, { clock: true });
  await page.goto(`${api.url}/#/t/${SCRIPTED}`);
  await page.getByText('No message yet.').waitFor();
  await page.waitForLoadState('networkidle');
  const before = api.requests.length;
  await page.clock.runFor('10:00');
  // A barrier: what the page asked before it is answered before it.
  await page.evaluate(() => fetch('/api/v1/health').then((answer) => answer.text()));
  expect(api.requests.slice(before)).toEqual(['GET /api/v1/health']);
});

test('a chosen terminal shows who, where, why and its inbox; back returns to the overview', async () => {
  const { page } = await enter(team);
  await page
    .getByRole('navigation')
    .getByRole('link', { name: /developer/ })
    .click();
  await page.getByRole('heading', { name: 'developer', level: 1 }).waitFor();
  expect(page.url()).toContain(`/#/t/${WORKER}`);
  await page.getByText('Claude asks: may it run').waitFor();
  await page.getByText('Make the refund test deterministic').waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: /needs you/ }).waitFor();
});

test('a scripted agent is never taken for an AI', async () => {
  const { page } = await enter(team);
  await page
    .getByRole('navigation')
    .getByRole('link', { name: /reviewer.*scripted, no AI/ })
    .click();
  await page.getByRole('definition').getByText('scripted, no AI').waitFor();
});

test('a message is sent with Ctrl+Enter and its state is followed until it is accepted', async () => {
  const { world, page } = await enter(team);
  await page.goto(`${new URL(page.url()).origin}/#/t/${SCRIPTED}`);
  const box = page.getByLabel('Message to reviewer');
  await box.fill('Please look at <b>this</b>');
  await box.press('Control+Enter');
  const sent = page.getByRole('listitem').filter({ hasText: 'Please look at <b>this</b>' });
  await sent.getByText('queued').waitFor();
  const { id } = world.messages.at(-1)!;
  world.message('message.pasted', { id, terminal_id: SCRIPTED, state: 'pasted' });
  await sent.getByText('pasted').waitFor();
  world.message('message.accepted', { id, terminal_id: SCRIPTED, state: 'accepted' });
  await sent.getByText('accepted').waitFor();
  expect(await box.inputValue()).toBe('');
});

test('a message that could not be sent stays in the box, and the second try is the same message', async () => {
  const { api, page } = await enter(team);
  await page.goto(`${api.url}/#/t/${SCRIPTED}`);
  const box = page.getByLabel('Message to reviewer');
  await box.fill('once only');
  api.broken = { path: '/terminals', error: new CaoError('unavailable', 'the database is restarting') };
  const keys: unknown[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') keys.push(request.postDataJSON().idempotency_key);
  });
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('Not sent. The database is restarting.').waitFor();
  expect(await box.inputValue()).toBe('once only');
  api.broken = null;
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('listitem').filter({ hasText: 'once only' }).waitFor();
  expect(keys[0]).toBe(keys[1]);
});

test('a host that fell silent is lost in the end, although no event says so', async () => {
  const { world, page } = await enter(team, { clock: true });
  const laptop = page.locator('.host').filter({ hasText: 'laptop' });
  world.host({ id: 'aaaa0001', state: 'suspect', lost_at: new Date().toISOString() });
  await laptop.getByText('not heard of lately').waitFor();
  world.hosts.set('aaaa0001', { ...world.hosts.get('aaaa0001')!, state: 'lost' });
  await page.clock.runFor('01:00');
  await laptop.getByText('offline').waitFor();
});

test('a login that may only look offers neither the box nor control', async () => {
  const { api, page } = await enter(team, { scope: 'viewer' });
  api.live.screen(WORKER, 80, 24, 'hello');
  await page.goto(`${api.url}/#/t/${WORKER}`);
  await page.getByText('Your login may only look.').waitFor();
  expect(await page.getByRole('button', { name: 'Take control' }).count()).toBe(0);
});

test('a lost connection is shown, mends by itself, and shows what happened meanwhile', async () => {
  const { world, api, page } = await enter(team);
  api.live.screen(SUPERVISOR, 80, 24, 'before\r\n');
  await page.goto(`${api.url}/#/t/${SUPERVISOR}`);
  await page.getByText('before').first().waitFor();
  await api.down();
  await page.getByText('The connection to CAO is lost').waitFor();
  await picture(page, 'lost');
  world.terminal('terminal.status', { id: SUPERVISOR, status: 'error', reason: 'the CLI ended' });
  api.live.swallow(SUPERVISOR, 'while away\r\n');
  await api.up();
  await page.getByRole('heading', { name: 'code_supervisor' }).locator('..').getByText('error').waitFor();
  await page.getByText('while away').first().waitFor();
  await page.getByText('The connection to CAO is lost').waitFor({ state: 'detached' });
});

test('an api that answers with errors is quoted with what to do, and tried again', async () => {
  const { world, api, page } = await enter(team);
  api.broken = { path: '/terminals', error: new CaoError('unavailable', 'the database is restarting') };
  world.terminal('terminal.waiting', { id: SCRIPTED, status: 'idle', queued: 2 });
  await page.getByRole('alert').getByText('The database is restarting.').waitFor();
  api.broken = null;
  await page.getByRole('button', { name: 'Try now' }).click();
  await page.getByText('2 messages wait').waitFor();
  await page.getByRole('alert').waitFor({ state: 'detached' });
});

test('hostile text is only ever text', async () => {
  const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>';
  const { api, page } = await enter(({ world }) => {
    populate(world);
    world.host({ id: 'aaaa0003', name: evil, labels: [evil] });
    world.terminal('terminal.status', {
      id: WORKER,
      agent_profile: evil,
      status: 'error',
      reason: evil,
      working_directory: `/${evil}`,
    });
    world.message('message.dead', { terminal_id: WORKER, text: evil, state: 'dead', reason: 'not_accepted' });
  });
  api.live.screen(WORKER, 80, 24, `\x1b]0;${evil}\x07\x1b]52;c;aGk=\x07${evil}\r\n`);
  await page.goto(`${api.url}/#/t/${WORKER}`);
  await page.getByRole('heading', { name: evil, level: 1 }).waitFor();
  await page.locator('.xterm-rows').getByText('onerror').waitFor();
  expect(await page.locator('img[src="x"], script:not([src])').count()).toBe(0);
  expect(await page.title()).toContain('onerror');
});
