import type { LiveRequest } from '@cao/contracts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openBrowser, picture, visit } from './support/browser.ts';
import { buildPage, type PageFiles } from './support/page-files.ts';
import { populate, SCRIPTED, SUPERVISOR, setScene, WORKER } from './support/scene.ts';

let browser: Browser;
let files: PageFiles;

beforeAll(async () => {
  [browser, files] = await Promise.all([openBrowser(), buildPage()]);
});
afterAll(async () => {
  await browser?.close();
  await files?.[Symbol.asyncDispose]();
});

/** What Claude Code's screen looks like while it asks. */
const ASKING = [
  '\x1b[2J\x1b[H\x1b[1m● Bash\x1b[0m(npm test -- refunds)\r\n',
  '  \x1b[2m⎿  Running…\x1b[0m\r\n\r\n',
  '\x1b[38;2;177;185;249m╭──────────────────────────────────────────────────────────╮\r\n',
  '│\x1b[0m \x1b[1mBash command\x1b[0m                                             \x1b[38;2;177;185;249m│\r\n',
  '│\x1b[0m   npm test -- refunds                                    \x1b[38;2;177;185;249m│\r\n',
  '│\x1b[0m Do you want to proceed?                                  \x1b[38;2;177;185;249m│\r\n',
  '│\x1b[0m \x1b[34m❯ 1. Yes\x1b[0m                                                 \x1b[38;2;177;185;249m│\r\n',
  '│\x1b[0m   2. No, and tell Claude what to do differently           \x1b[38;2;177;185;249m│\r\n',
  '╰──────────────────────────────────────────────────────────╯\x1b[0m\r\n',
].join('');

async function look(terminal: string, first: string, options: Parameters<typeof visit>[2] = {}) {
  const scene = await setScene(files);
  populate(scene.world);
  scene.api.live.screen(terminal, 100, 24, first);
  const opened = await visit(browser, scene.loginLink(), options);
  onTestFinished(async () => {
    await opened[Symbol.asyncDispose]();
    await scene[Symbol.asyncDispose]();
    expect(opened.complaints).toEqual([]);
    expect(opened.foreign).toEqual([]);
  });
  await opened.page.locator('.link-state[data-is=live]').waitFor();
  await opened.page.goto(`${scene.api.url}/#/t/${terminal}`);
  const rows = opened.page.locator('.xterm-rows');
  await opened.page.getByText('100×24').waitFor();
  return { ...scene, page: opened.page, rows };
}

const typed = (asked: readonly LiveRequest[]): string =>
  asked.flatMap((each) => (each.t === 'input' ? [Buffer.from(each.data, 'base64').toString()] : [])).join('');

const control = (page: Page) => page.getByRole('button', { name: 'Take control' });

test('output follows the snapshot, each byte once', async () => {
  const { api, rows } = await look(SUPERVISOR, 'first line\r\n');
  api.live.output(SUPERVISOR, 'second line\r\n');
  await rows.getByText('second line').waitFor();
  expect((await rows.allInnerTexts()).join().match(/first line|second line/g)).toEqual([
    'first line',
    'second line',
  ]);
});

test.each([1000, 1300, 1400])('an underscore is no blank, on a page %i px wide', async (width) => {
  const viewport = { width, height: 900 };
  const { api, rows } = await look(SUPERVISOR, '\x1b[?25lagent profile', { viewport });
  const first = rows.locator('div').first();
  await first.getByText('agent profile').waitFor();
  const blank = await first.screenshot();
  api.live.output(SUPERVISOR, '\ragent_profile');
  await first.getByText('agent_profile').waitFor();
  expect((await first.screenshot()).equals(blank)).toBe(false);
});

test('bytes that were lost on the way are seen as a gap, and a new snapshot mends it', async () => {
  const { api, rows } = await look(SUPERVISOR, 'first line\r\n');
  api.live.swallow(SUPERVISOR, 'lost line\r\n');
  api.live.output(SUPERVISOR, 'third line\r\n');
  await rows.getByText('third line').waitFor();
  const text = (await rows.allInnerTexts()).join();
  expect(text.match(/\w+ line/g)).toEqual(['first line', 'lost line', 'third line']);
});

test('after a lost connection the page says up to where it knows a pane', async () => {
  const { api, rows } = await look(SUPERVISOR, 'first line\r\n');
  api.live.output(SUPERVISOR, 'second line\r\n');
  await rows.getByText('second line').waitFor();
  const again = api.live.next('watch');
  api.live.dropAll();
  expect(await again).toMatchObject({
    terminal: SUPERVISOR,
    epoch: 1,
    from: 'first line\r\nsecond line\r\n'.length,
    most: expect.any(Number),
  });
});

test('keys reach the terminal only while one has control', async () => {
  const { api, page, rows } = await look(WORKER, 'prompt> ');
  await rows.click({ force: true });
  await page.keyboard.type('ignored');
  await control(page).click();
  await page.getByText('Your keys go to this terminal.').waitFor();
  const first = api.live.next('input');
  await page.keyboard.press('y');
  await first;
  const enter = api.live.next('input');
  await page.keyboard.press('Enter');
  await enter;
  await picture(page, 'control');
  await page.keyboard.press('Control+]');
  await control(page).waitFor();
  await page.keyboard.press('z');
  // A barrier: what was typed before it would have come before it.
  const unwatched = api.live.next('unwatch');
  await page.goto(`${api.url}/#/`);
  await unwatched;
  expect(typed(api.live.asked)).toBe('y\r');
});

test('a question of the program in the pane is not answered with keys', async () => {
  const { api, page, rows } = await look(WORKER, 'prompt> ');
  await control(page).click();
  await page.getByText('Your keys go to this terminal.').waitFor();
  const questions = '\x1b[c\x1b[>c\x1b[=c\x1b[5n\x1b[6n\x1b[?6n\x1b[?2026$p\x1b[4$p\x1b[>q\x1b[18t\x1b[21t';
  api.live.output(WORKER, `${questions}\x1bP$qm\x1b\\\x1b]10;?\x07\x1b]11;?\x07\x1b]4;1;?\x07asked`);
  await rows.getByText('asked').waitFor();
  const own = api.live.next('input');
  await page.keyboard.press('k');
  await own;
  expect(typed(api.live.asked)).toBe('k');
});

test('control ends with the connection and is not taken back by itself', async () => {
  const { api, page } = await look(WORKER, 'prompt> ');
  await control(page).click();
  await page.getByText('Your keys go to this terminal.').waitFor();
  await api.down();
  await page.getByText('The connection to CAO is lost').waitFor();
  await api.up();
  await page.locator('.link-state[data-is=live]').waitFor();
  await control(page).waitFor();
});

test('a narrower window makes the letters smaller and never the pane', async () => {
  const { api, page, rows } = await look(SUPERVISOR, 'wide screen\r\n');
  const wide = (await rows.boundingBox())!.width;
  await page.setViewportSize({ width: 900, height: 900 });
  await page.waitForFunction((before) => document.querySelector('.xterm-rows')!.clientWidth < before, wide);
  const frame = (await page.locator('.frame').boundingBox())!.width;
  expect((await rows.boundingBox())!.width).toBeLessThanOrEqual(frame);
  expect(api.live.asked.filter((each) => each.t === 'resize')).toEqual([]);
  await page.getByText('100×24').waitFor();
});

for (const scheme of ['light', 'dark'] as const)
  for (const [name, viewport] of [
    ['wide', { width: 1280, height: 900 }],
    ['narrow', { width: 390, height: 844 }],
  ] as const)
    test(`the page fits a ${name} window in ${scheme} colours`, async () => {
      const { api, page, rows, world } = await look(WORKER, ASKING, { colorScheme: scheme, viewport });
      world.message('message.queued', {
        terminal_id: WORKER,
        text: 'When you are done, also bump the version.',
      });
      await page.getByText('also bump the version').waitFor();
      await rows.getByText('Do you want to proceed').waitFor();
      await picture(page, `terminal-${name}-${scheme}`);
      expect(await sideways(page)).toBe(0);
      await page.goto(`${api.url}/#/`);
      await page.getByRole('heading', { name: /needs you/ }).waitFor();
      await picture(page, `overview-${name}-${scheme}`);
      expect(await sideways(page)).toBe(0);
      world.terminal('terminal.closed', {
        id: SCRIPTED,
        lifecycle: 'closed',
        last_answer: '# Done\n\nAll is well.',
      });
      await page.goto(`${api.url}/#/t/${SCRIPTED}`);
      await page.getByText('All is well.').waitFor();
      await picture(page, `closed-${name}-${scheme}`);
    });

/** How far the page can be scrolled to the side. Units: px. */
const sideways = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
