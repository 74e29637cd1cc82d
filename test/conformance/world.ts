import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Provider } from '@cao/providers';
import { type FakeModel, startFakeModel } from '../support/fake-model/server.ts';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';
import type { Cli } from './clis.ts';

export interface World {
  readonly stack: Stack;
  readonly model: FakeModel;
  /** Where the worker-agents write down what the CLIs say, a file per terminal. */
  readonly recordDir: string;
}

/** Exit code of a run that was told to end. */
const STOPPED = 130;

export const SYSTEM_PROMPT = 'You are the canary of the conformance run.';

/** Asking is what is tested, whatever the default of a version is; the worker is no CLI under test, and starts at once. */
const profiles: Readonly<Record<string, string>> = {
  conformance: `role: developer\npermissionMode: default`,
  conformance_reader: `allowedTools: [fs_read, fs_list, '@cao-mcp-server']`,
  conformance_worker: `role: developer\nprovider: scripted`,
};

export interface Installed {
  readonly provider: Provider;
  readonly cli: Cli;
  readonly binaryPath: string;
}

/** The whole system on two hosts with real CLIs on their PATH, and the fake model as their service. */
export async function withWorld<T>(all: readonly Installed[], act: (world: World) => Promise<T>): Promise<T> {
  await using cleanup = new AsyncDisposableStack();
  const stop = () => void cleanup.disposeAsync().finally(() => process.exit(STOPPED));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, stop);
    cleanup.defer(() => void process.off(signal, stop));
  }
  const model = await startFakeModel();
  cleanup.defer(() => model.close());
  const postgres = await startPostgres();
  cleanup.defer(() => postgres.remove());
  const redis = await startRedis();
  cleanup.defer(() => redis.remove());
  const bin = mkdtempSync(join(tmpdir(), 'cao-bin-'));
  cleanup.defer(() => rmSync(bin, { recursive: true, force: true }));
  const recordDir = mkdtempSync(join(tmpdir(), 'cao-record-'));
  cleanup.defer(() => rmSync(recordDir, { recursive: true, force: true }));
  for (const { provider, binaryPath } of all) symlinkSync(binaryPath, join(bin, provider.binary));
  const stack = await withStack({
    services: { adminUrl: postgres.url, redisUrl: redis.url },
    hosts: 2,
    path: [bin],
    prepareHome: (home) => {
      for (const { cli } of all) cli.prepare(home, model.url);
    },
    agentEnv: Object.assign({ CAO_RECORD_DIR: recordDir }, ...all.map(({ cli }) => cli.env(model.url))),
  });
  cleanup.use(stack);
  for (const [name, head] of Object.entries(profiles)) {
    const content = `---\nname: ${name}\n${head}\n---\n${SYSTEM_PROMPT}\n`;
    await stack.client.profiles.put({ params: { name }, body: { content } });
  }
  // Awaited here: everything above goes when this function returns.
  return await act({ stack, model, recordDir });
}
