import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProviderId } from '@cao/contracts';

/** How a CLI is brought here and told to talk to the fake model. */
export interface Cli {
  /** The version that this release was run with. */
  readonly pinned: string;
  /** Absolute path of the program; installs it when it is missing. Version `latest` is what the registry calls so. */
  install(version: string): string;
  /** What the user's shell and home would hold: a login, no questions of a first start. */
  env(modelUrl: string): Readonly<Record<string, string>>;
  prepare(home: string): void;
  /** Capabilities that it does not claim to have. */
  readonly without: readonly string[];
}

const cache = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cao', 'clis');
/** Some hundred megabytes through a registry. */
const INSTALL_TIMEOUT_MS = 600_000;

function npmInstall(name: string, provider: ProviderId, version: string): string {
  const folder = join(cache(), provider, version);
  mkdirSync(folder, { recursive: true });
  const flags = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  execFileSync('npm', ['install', ...flags, `${name}@${version}`], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: INSTALL_TIMEOUT_MS,
  });
  return folder;
}

const claudeBinary = (folder: string) =>
  join(folder, 'node_modules/@anthropic-ai', `claude-code-${process.platform}-${process.arch}`, 'claude');

export const clis: Readonly<Partial<Record<ProviderId, Cli>>> = {
  claude_code: {
    pinned: '2.1.330',
    install(version) {
      const here = claudeBinary(join(cache(), 'claude_code', version));
      return version !== 'latest' && existsSync(here)
        ? here
        : claudeBinary(npmInstall('@anthropic-ai/claude-code', 'claude_code', version));
    },
    env: (modelUrl) => ({
      ANTHROPIC_BASE_URL: modelUrl,
      ANTHROPIC_AUTH_TOKEN: 'none',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      // Ten retries of a failing model take three minutes.
      CLAUDE_CODE_MAX_RETRIES: '1',
    }),
    prepare: (home) => writeFileSync(join(home, '.claude.json'), '{"hasCompletedOnboarding":true}'),
    without: [],
  },
  scripted: {
    pinned: '1.0.0',
    install: () => fileURLToPath(new URL('../support/scripted-agent/main.ts', import.meta.url)),
    env: () => ({}),
    prepare: () => {},
    without: ['tool restriction', 'system prompt'],
  },
};
