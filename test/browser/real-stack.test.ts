import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FINAL_ANSWER, finalAnswer, startStory } from '../support/stack/story.ts';
import { withStack } from '../support/stack/with-stack.ts';
import { openBrowser, picture, visit } from './support/browser.ts';
import { buildPage, type PageFiles } from './support/page-files.ts';

let browser: Browser;
let files: PageFiles;

beforeAll(async () => {
  [browser, files] = await Promise.all([openBrowser(), buildPage()]);
});
afterAll(async () => {
  await browser?.close();
  await files?.[Symbol.asyncDispose]();
});

test('a person logs in by the link, watches a team on two hosts, and writes to an agent whose screen shows it', async () => {
  await using stack = await withStack({ hosts: 2, serviceEnv: { CAO_WEB_DIR: files.root } });
  const { code } = await stack.client.access.createLoginLink();
  await using opened = await visit(browser, `${stack.url}/login#${code}`);
  const { page } = opened;
  await page.locator('.link-state[data-is=live]').waitFor();

  const supervisor = await startStory(stack, 'watched');
  await page.getByRole('heading', { name: 'cao-watched' }).waitFor();
  expect(await finalAnswer(stack, supervisor)).toBe(FINAL_ANSWER);
  await page.getByText('host-1').first().waitFor();
  await page.getByText('host-2').first().waitFor();
  await picture(page, 'real-team');

  await page.goto(`${stack.url}/#/t/${supervisor}`);
  await page.locator('.xterm-rows').getByText('looks good').first().waitFor();
  await page.getByLabel('Message to code_supervisor').fill('[[say written from the page]]');
  await page.keyboard.press('Control+Enter');
  await page.locator('.xterm-rows').getByText('written from the page').first().waitFor();
  await page.getByText('accepted').first().waitFor();
  await picture(page, 'real-terminal');
  expect(opened.complaints).toEqual([]);
  expect(opened.foreign).toEqual([]);
});
