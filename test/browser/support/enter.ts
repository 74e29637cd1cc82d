import type { Browser, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { visit } from './browser.ts';
import type { PageFiles } from './page-files.ts';
import { type Scene, setScene } from './scene.ts';

export type Entrance = Parameters<typeof visit>[2] & { readonly scope?: string };

/** A scene and somebody logged in to it; what the page complained of fails the test. */
export async function enterScene(
  browser: Browser,
  files: PageFiles,
  fill: (scene: Scene) => void,
  options: Entrance = {},
): Promise<Scene & { readonly page: Page }> {
  const scene = await setScene(files);
  fill(scene);
  const { scope, ...context } = options;
  const opened = await visit(browser, scene.loginLink(scope), context);
  onTestFinished(async () => {
    await opened[Symbol.asyncDispose]();
    await scene[Symbol.asyncDispose]();
    expect(opened.complaints).toEqual([]);
    expect(opened.foreign).toEqual([]);
  });
  await opened.page.locator('.link-state[data-is=live]').waitFor();
  return { ...scene, page: opened.page };
}
