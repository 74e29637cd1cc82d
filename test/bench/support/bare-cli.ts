import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startHookServer } from '../../support/hook-server.ts';
import { startPane } from '../../support/pane.ts';
import { ROOT } from '../../support/stack/root.ts';

/** Stamps the moment at which it becomes the program. */
const STAMPED = 'date +%s%N > started; exec "$@"';
const AGENT = join(ROOT, 'test/support/scripted-agent/main.ts');
const NS_PER_MS = 1_000_000;

/**
 * What the scripted agent needs by itself, without CAO, in a tmux of its own: from its first instruction to its
 * SessionStart, and from its UserPromptSubmit to its Stop. Units: ms.
 */
export async function bareCli(prompt: string): Promise<{ start: number; turn: number }> {
  await using hooks = await startHookServer();
  const env = { CAO_HOOK_URL: hooks.url, CAO_TERMINAL_TOKEN: 'bench', PATH: process.env.PATH ?? '' };
  await using pane = await startPane(['sh', '-c', STAMPED, 'sh', process.execPath, AGENT], env);
  await hooks.next('SessionStart');
  const ready = Date.now();
  const started = Number(readFileSync(join(pane.dir, 'started'), 'utf8')) / NS_PER_MS;
  await pane.paste(prompt);
  await pane.until((screen) => screen.includes(prompt));
  await pane.keys('Enter');
  await hooks.next('UserPromptSubmit');
  const took = performance.now();
  await hooks.next('Stop');
  return { start: ready - started, turn: performance.now() - took };
}
