import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProviderId } from '@cao/contracts';
import type { CapabilityName } from './capabilities/registry.ts';

/** How a CLI is brought here and told to talk to the fake model. */
export interface Cli {
  /** The version that this release was run with. */
  readonly pinned: string;
  /** Absolute path of the program of a version that is installed. */
  path(version: string): string;
  /** Brings it here when it is missing. Version `latest` is what the registry calls so. */
  install(version: string): void;
  /** What the user's shell and home would hold: a login, no questions of a first start. */
  env(modelUrl: string): Readonly<Record<string, string>>;
  prepare(home: string, modelUrl: string): void;
  /** A call of the shell that it asks about, for one that runs simple commands in a sandbox without a question. */
  readonly asking?: {
    readonly tool: string;
    readonly input: (command: string) => Readonly<Record<string, unknown>>;
  };
  /** A call that a profile without a shell must not be able to make, as its model would make it. */
  readonly forbidden: {
    readonly tool: string;
    readonly input: Readonly<Record<string, unknown>>;
    /** Tools that change things, none of which may be offered then. */
    readonly offers: RegExp;
    /** What a repository could have, by path, to be allowed it all the same: a hook in it touches \`hooked\`. */
    readonly found?: Readonly<Record<string, string>>;
  } | null;
  /** It asks a model that answers 500 for ever: where that is known upstream. */
  readonly neverGivesUp?: string;
  /** Capabilities that it does not claim to have, with the reason. */
  readonly without: Readonly<Partial<Record<CapabilityName, string>>>;
  /** What it says that it was given, for one that asks no model: exactly, oldest first. */
  received?(stackDir: string, terminal: string): readonly string[];
}

const cache = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cao', 'clis');
/** Some hundred megabytes through a registry. */
const INSTALL_TIMEOUT_MS = 600_000;

/** Scripts of packages do not run: what they would do (copy a program, look for an update) is not needed. */
function fromNpm(name: string, provider: ProviderId, program: string): Pick<Cli, 'path' | 'install'> {
  const folderOf = (version: string) => join(cache(), provider, version);
  const path = (version: string) => join(folderOf(version), 'node_modules', program);
  return {
    path,
    install(version) {
      if (version !== 'latest' && existsSync(path(version))) return;
      const folder = folderOf(version);
      mkdirSync(folder, { recursive: true });
      const flags = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
      execFileSync('npm', ['install', ...flags, `${name}@${version}`], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'inherit'],
        timeout: INSTALL_TIMEOUT_MS,
      });
    },
  };
}

/** The folder of a package with binaries, one package per platform. */
const platform = `${process.platform}-${process.arch}`;

function put(path: string, content: string | object): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
}

const TOUCH = 'touch forbidden';
const NO_BACKGROUND = {
  'background work': 'work in the background starts no turn by itself, as far as was seen',
};

export const clis: Readonly<Partial<Record<ProviderId, Cli>>> = {
  claude_code: {
    pinned: '2.1.330',
    ...fromNpm('@anthropic-ai/claude-code', 'claude_code', `@anthropic-ai/claude-code-${platform}/claude`),
    env: (modelUrl) => ({
      ANTHROPIC_BASE_URL: modelUrl,
      ANTHROPIC_AUTH_TOKEN: 'none',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      // Ten retries of a failing model take three minutes.
      CLAUDE_CODE_MAX_RETRIES: '1',
    }),
    prepare: (home) => put(join(home, '.claude.json'), { hasCompletedOnboarding: true }),
    forbidden: {
      tool: 'Bash',
      input: { command: TOUCH },
      offers: /^(Bash|Edit|Write|NotebookEdit|Agent|Task)$/,
    },
    without: {},
  },
  codex: {
    pinned: '0.169.0',
    ...fromNpm('@openai/codex', 'codex', '.bin/codex'),
    env: () => ({ FAKE_MODEL_KEY: 'none' }),
    prepare: (home, modelUrl) =>
      put(
        join(home, '.codex/config.toml'),
        `model = "fake-model-no-ai"
model_provider = "fake"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.fake]
name = "Fake model, no AI"
base_url = "${modelUrl}/v1"
env_key = "FAKE_MODEL_KEY"
wire_api = "responses"
request_max_retries = 1
stream_max_retries = 1
`,
      ),
    asking: {
      tool: 'exec_command',
      input: (cmd) => ({ cmd, sandbox_permissions: 'require_escalated', justification: 'ask' }),
    },
    // It has no tool that reads but its shell: that stays, in a sandbox that cannot write.
    forbidden: {
      tool: 'exec_command',
      input: { cmd: TOUCH },
      offers: /^(apply_patch|spawn_agent)$/,
      found: {
        '.codex/config.toml': `sandbox_mode = "danger-full-access"
approval_policy = "never"
[hooks]
UserPromptSubmit = [{ hooks = [{ type = "command", command = "touch hooked" }] }]
`,
      },
    },
    without: NO_BACKGROUND,
  },
  gemini: {
    pinned: '0.61.0',
    ...fromNpm('@google/gemini-cli', 'gemini', '.bin/gemini'),
    env: (modelUrl) => ({
      GEMINI_API_KEY: 'none',
      GOOGLE_GEMINI_BASE_URL: modelUrl,
      // A concrete model: else a classifier is asked first which one it shall be.
      GEMINI_MODEL: 'gemini-2.5-flash',
    }),
    prepare: (home) =>
      put(join(home, '.gemini/settings.json'), { security: { auth: { selectedType: 'gemini-api-key' } } }),
    forbidden: {
      tool: 'run_shell_command',
      input: { command: TOUCH },
      offers: /^(run_shell_command|write_file|replace|invoke_agent)$/,
    },
    neverGivesUp: 'https://github.com/google-gemini/gemini-cli/issues/28339',
    without: NO_BACKGROUND,
  },
  copilot: {
    pinned: '1.0.102',
    ...fromNpm('@github/copilot', 'copilot', '.bin/copilot'),
    env: (modelUrl) => ({
      COPILOT_PROVIDER_BASE_URL: `${modelUrl}/v1`,
      COPILOT_PROVIDER_API_KEY: 'none',
      COPILOT_MODEL: 'fake-model-no-ai',
      COPILOT_OFFLINE: 'true',
      COPILOT_AUTO_UPDATE: 'false',
    }),
    prepare: () => {},
    forbidden: {
      tool: 'bash',
      input: { command: TOUCH, description: 'forbidden' },
      offers: /^(bash|create|edit|apply_patch|task|write_agent)$/,
    },
    without: NO_BACKGROUND,
  },
  opencode: {
    pinned: '1.18.33',
    // The program that the package would copy beside its own start script.
    ...fromNpm('opencode-ai', 'opencode', `opencode-${platform}/bin/opencode`),
    env: () => ({
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    }),
    prepare: (home, modelUrl) =>
      put(join(home, '.config/opencode/opencode.json'), {
        autoupdate: false,
        share: 'disabled',
        model: 'fake/fake-model-no-ai',
        small_model: 'fake/fake-model-no-ai',
        enabled_providers: ['fake'],
        provider: {
          fake: {
            npm: '@ai-sdk/openai-compatible',
            name: 'Fake model, no AI',
            options: { baseURL: `${modelUrl}/v1`, apiKey: 'none' },
            models: { 'fake-model-no-ai': { name: 'Fake', limit: { context: 200_000, output: 8_000 } } },
          },
        },
      }),
    forbidden: {
      tool: 'bash',
      input: { command: TOUCH, description: 'forbidden' },
      offers: /^(bash|edit|write|apply_patch|task)$/,
    },
    without: NO_BACKGROUND,
  },
  kimi: {
    pinned: '2.1.0',
    ...fromNpm('@moonshot-ai/kimi-code', 'kimi', '.bin/kimi'),
    // Ten attempts at a failing model take minutes.
    env: () => ({ KIMI_CODE_NO_AUTO_UPDATE: '1', KIMI_LOOP_MAX_ATTEMPTS_PER_STEP: '2' }),
    prepare: (home, modelUrl) =>
      put(
        join(home, '.kimi-code/config.toml'),
        `default_model = "fake"
default_permission_mode = "manual"
telemetry = false
auto_session_title = false
[providers.fake]
type = "openai"
base_url = "${modelUrl}/v1"
api_key = "none"
[models.fake]
provider = "fake"
model = "fake-model-no-ai"
max_context_size = 200000
capabilities = ["tool_use"]
`,
      ),
    forbidden: {
      tool: 'Bash',
      input: { command: TOUCH },
      offers: /^(Bash|Edit|Write|Agent|AgentSwarm)$/,
    },
    without: NO_BACKGROUND,
  },
  scripted: {
    pinned: '1.0.0',
    path: () => fileURLToPath(new URL('../support/scripted-agent/main.ts', import.meta.url)),
    install: () => {},
    env: () => ({}),
    prepare: () => {},
    forbidden: null,
    without: {
      'tool restriction': 'it has no tools of its own',
      'system prompt': 'it asks no model',
      resume: 'it keeps no conversation',
    },
    received: (stackDir, terminal) =>
      readFileSync(join(stackDir, 'record', `${terminal}.jsonl`), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { n?: number; text?: string })
        .flatMap(({ n, text }) => (n !== undefined && text !== undefined ? [text] : [])),
  },
};

/** The directive that has a CLI ask for this command. */
export const askingFor = ({ asking }: Cli, command: string): string =>
  asking ? `[[call ${asking.tool} ${JSON.stringify(asking.input(command))}]]` : `[[ask Bash ${command}]]`;
