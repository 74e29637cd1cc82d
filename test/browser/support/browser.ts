import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const CHROMIUM = process.env.CAO_TEST_CHROMIUM ?? '/usr/bin/chromium';
const ARTIFACTS = join(import.meta.dirname, '../../artifacts');
/** A page of ours answers within a second; on a machine under load within this. Units: ms. */
const PATIENCE_MS = 15_000;

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** What the page complained about: exceptions, refused policy, failed loads. Network losses are not complaints. */
  readonly complaints: readonly string[];
  /** Addresses outside the page's own origin that it tried to reach. */
  readonly foreign: readonly string[];
}

/**
 * A new browser profile at an address.
 * @param options `clock`: the page's timers can be run ahead with `page.clock`
 */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions & { clock?: boolean } = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  const foreign: string[] = [];
  const origin = new URL(url).origin;
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const lost = /net::ERR_|WebSocket connection to|Failed to load resource/.test(message.text());
    if (message.type() === 'error' && !lost) complaints.push(message.text());
  });
  page.on('request', (request) => {
    const at = new URL(request.url());
    if (at.origin !== origin && at.protocol !== 'data:') foreign.push(request.url());
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  if (options.clock) await page.clock.install();
  await page.goto(url);
  return { page, complaints, foreign, [Symbol.asyncDispose]: () => context.close() };
}

/** For people to look at; nothing is compared with it. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`), fullPage: true });
}
