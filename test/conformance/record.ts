import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import type { ProviderId } from '@cao/contracts';
import type { Provider } from '@cao/providers';
import type { CapabilityName } from './capabilities/registry.ts';
import type { Cli } from './clis.ts';
import { corpusText, type Lived } from './corpus.ts';
import { type Result, runCapabilities } from './run.ts';

/** Every state, and every way into it; without the long texts that others are about. */
const LIFE: readonly CapabilityName[] = [
  'start',
  'idle',
  'message accepted',
  'completed',
  'processing while streaming',
  'last answer, streamed',
  'message while busy is held',
  'permission seen',
  'permission allowed',
  'permission denied',
  'permission answered by hand',
  'interrupt',
  'MCP tool call',
  'error of the model, 500',
  'error of the model, 401',
  'yolo asks nothing',
];

const TIMER_MS = 10;
const CALM_MS = 100;

const PROVIDERS = new URL('../../packages/providers/src/', import.meta.url);

/** Where the corpora of a provider lie, a file per version. */
export const corpusFolder = (id: ProviderId): string =>
  fileURLToPath(new URL(`${id.replace('_', '-')}/fixtures/corpus/`, PROVIDERS));

/** Has the CLI live through everything, and writes what it said and what was true into one file. */
export async function record(
  provider: Provider,
  cli: Cli,
  binaryPath: string,
  { version, out, note }: { version: string; out: string; note: (result: Result) => void },
): Promise<{ file: string; bytes: number; failed: boolean }> {
  const lives: Lived[] = [];
  const timers = monitorEventLoopDelay({ resolution: TIMER_MS });
  timers.enable();
  const { results } = await runCapabilities(provider, cli, binaryPath, {
    only: LIFE,
    long: false,
    minutes: null,
    keep: () => {},
    note,
    lived: (life) => lives.push(life),
  });
  const date = new Date().toISOString().slice(0, 10);
  const os = `${process.platform} ${process.arch}`;
  timers.disable();
  const lag = Math.max(0, Math.round(timers.percentile(99) / 1e6) - TIMER_MS);
  if (lag > CALM_MS)
    console.error(
      `this machine was busy (timers ${lag} ms late): record again when it is calm for times that count`,
    );
  const text = corpusText(provider, { provider: provider.id, version, date, os, lag }, lives);
  mkdirSync(out, { recursive: true });
  const file = resolve(join(out, `${version}.jsonl`));
  writeFileSync(file, text);
  return { file, bytes: Buffer.byteLength(text), failed: results.some(({ outcome }) => outcome === 'fail') };
}
