import { CaoError } from '@cao/contracts';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, picture } from './support/browser.ts';
import { type Entrance, enterScene } from './support/enter.ts';
import { buildPage, type PageFiles } from './support/page-files.ts';
import { populate, type Scene, WORKER } from './support/scene.ts';

let browser: Browser;
let files: PageFiles;

beforeAll(async () => {
  [browser, files] = await Promise.all([openBrowser(), buildPage()]);
});
afterAll(async () => {
  await browser?.close();
  await files?.[Symbol.asyncDispose]();
});

const FIRST = '7b0c1d52-4f3e-4a1b-9c8d-2e6f5a4b3c21';
const SECOND = '7b0c1d52-4f3e-4a1b-9c8d-2e6f5a4b3c22';

/** At the page of a worker that asks for this. */
async function atWorker(fill: (scene: Scene) => void, options?: Entrance) {
  const withTeam = (scene: Scene) => {
    populate(scene.world);
    fill(scene);
  };
  const entered = await enterScene(browser, files, withTeam, options);
  entered.api.live.screen(WORKER, 80, 24, ' Do you want to proceed?\r\n');
  await entered.page.goto(`${entered.api.url}/#/t/${WORKER}`);
  return entered;
}
const asks = (command: string) => (scene: Scene) =>
  void scene.world.approval('approval.opened', { id: FIRST, terminal_id: WORKER, input: { command } });

test('what an agent asks stands on its page; Allow decides it, and the next question is one of its own', async () => {
  const { world, page } = await atWorker(asks('npm run test -- --filter "refund"'));
  const question = page.getByRole('region', { name: 'May it use Bash?' });
  await question.getByText('npm run test -- --filter "refund"', { exact: true }).waitFor();
  await page.getByRole('navigation').getByText('asks to use Bash').waitFor();
  await picture(page, 'approval');
  await question.getByRole('button', { name: 'Allow' }).click();
  await question.waitFor({ state: 'detached' });
  expect(world.approvals.get(FIRST)).toMatchObject({ state: 'allowed' });

  const input = { file_path: '/home/ada/payments/refund.ts', new_string: 'const clock = fixed();' };
  world.approval('approval.opened', { id: SECOND, terminal_id: WORKER, tool: 'Edit', input });
  const next = page.getByRole('region', { name: 'May it use Edit?' });
  await next.getByText('const clock = fixed();').waitFor();
  await next.getByRole('button', { name: 'Deny' }).click();
  await next.waitFor({ state: 'detached' });
  expect(world.approvals.get(SECOND)).toMatchObject({ state: 'denied' });
});

test('a question that is answered elsewhere leaves the page', async () => {
  const { world, page } = await atWorker(asks('make'));
  await page.getByRole('button', { name: 'Allow' }).waitFor();
  world.approval('approval.closed', { id: FIRST, terminal_id: WORKER, state: 'closed' });
  await page.getByRole('region', { name: 'May it use Bash?' }).waitFor({ state: 'detached' });
});

test('an answer that came too late says why, and can be tried again', async () => {
  const { api, page } = await atWorker(asks('make'));
  await page.getByRole('button', { name: 'Allow' }).waitFor();
  api.broken = {
    path: `/approvals/${FIRST}/answer`,
    error: new CaoError('conflict', 'its dialog did not take the keys 1'),
  };
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('Not answered. Its dialog did not take the keys 1.').waitFor();
  api.broken = null;
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('region', { name: 'May it use Bash?' }).waitFor({ state: 'detached' });
});

test('a login that may only look sees the question and no answer', async () => {
  const { page } = await atWorker(asks('make'), { scope: 'viewer' });
  await page.getByText('Your login may only look, not answer.').waitFor();
  expect(await page.getByRole('button', { name: 'Allow' }).count()).toBe(0);
});

test('hostile input of a tool is only ever text', async () => {
  const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>';
  const { page } = await atWorker((scene) => {
    const input = { command: evil, [evil]: [evil] };
    scene.world.approval('approval.opened', { id: FIRST, terminal_id: WORKER, tool: evil, input });
  });
  await page
    .getByRole('region', { name: `May it use ${evil}?` })
    .getByText('onerror')
    .first()
    .waitFor();
  expect(await page.locator('img[src="x"], script:not([src])').count()).toBe(0);
});
