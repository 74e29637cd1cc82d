import { hookCommand, shellWord } from '../_shared/hook-command.ts';
import { toToml } from '../_shared/toml.ts';
import { MCP_TIMEOUT_MS, type McpServer, mcpServers, toolWords } from '../_shared/tool-words.ts';
import type { LaunchInput, LaunchPlan } from '../contract.ts';
import { type Limits, limitsOf } from './tools.ts';

/** Of a Codex without an app-server. */
const PROFILE = 'cao';
/** A server that is slow to start must not cost the first turn its tools. Units: s. */
const STARTUP_TIMEOUT_S = 60;
/** The script gives up before. 0.169.0 draws a dialog only once its hooks have answered. Units: s. */
const HOOK_TIMEOUT_S = 10;

/** What the user has below `~/.codex` that belongs to every conversation. Sessions, caches and databases stay apart. */
const USERS = ['auth.json', 'AGENTS.md', 'prompts', 'rules'] as const;

/** The log tells of turns, also of one that failed, which no hook does: its place is asked for, and what it does not have. */
const events = ['SessionStart', 'PermissionRequest', 'PostToolUse'] as const;

/**
 * The folder's own configuration stands above the user's: it would take the sandbox away, bring servers, and run hooks. It
 * is read only where the user has said so, and the tools are not limited.
 */
const UNTRUSTED = { trust_level: 'untrusted' } as const;
/** What an untrusted folder would otherwise be stricter about than others are. */
const AS_EVERYWHERE = { approval_policy: 'on-request', sandbox_mode: 'workspace-write' } as const;

/**
 * An app-server in the pane, with its terminal attached. Both have a home of their own, as 0.169.0 writes into its
 * configuration (notices, trusted folders): a copy of the user's with ours on top. Their login is a link: a renewed one is
 * written through it, by a rename beside its target.
 */
export function launch(input: LaunchInput): LaunchPlan {
  const { dir, home, cwd } = input;
  const limits = limitsOf(input);
  const { closed } = toolWords(input);
  const socket = `${dir}/app-server.sock`;
  const program = (...own: readonly string[]) => [
    input.binaryPath,
    ...(input.resume ? ['resume', input.nativeSessionId] : []),
    ...own,
    // Inline: what was said stays in the scrollback of the pane.
    '--no-alt-screen',
    // The user's were looked at under another name, and would be asked about.
    '--dangerously-bypass-hook-trust',
  ];
  return {
    argv: program('-p', PROFILE),
    server: {
      argv: [input.binaryPath, 'app-server', '--listen', `unix://${socket}`],
      socket,
      attached: program('--remote', `unix://${socket}`),
    },
    env: { CODEX_HOME: `${dir}/codex` },
    unsetEnv: ['CODEX_THREAD_ID', 'CODEX_SANDBOX', 'CODEX_SANDBOX_NETWORK_DISABLED'],
    files: [
      { path: `codex/${PROFILE}.config.toml`, content: toToml({ hooks: hooks(input) }) },
      { path: 'hook.sh', content: hookCommand(input), executable: true },
    ],
    links: [
      ...USERS.map((name) => ({ path: `codex/${name}`, target: `${home}/.codex/${name}` })),
      // Conversations outlive the terminal, so that they can be resumed.
      { path: 'codex/sessions', target: `${input.keepDir}/sessions` },
    ],
    copies: [
      {
        path: 'codex/config.toml',
        source: `${home}/.codex/config.toml`,
        add: { ...config(input, limits), ...(closed ? { projects: { [cwd]: UNTRUSTED } } : {}) },
        defaults: { ...AS_EVERYWHERE, projects: { [cwd]: UNTRUSTED } },
        without: closed ? ['mcp_servers'] : [],
      },
    ],
    ...(limits.onlyAsked.length > 0 ? { onlyAsked: limits.onlyAsked } : {}),
  };
}

function config(input: LaunchInput, limits: Limits): Record<string, unknown> {
  const { profile } = input;
  const prompt = profile.systemPrompt.trim();
  return {
    ...(profile.model ? { model: profile.model } : {}),
    ...(prompt ? { developer_instructions: prompt } : {}),
    ...limits.config,
    // "Update now" is the first entry of that dialog, and installs for the whole machine.
    check_for_update_on_startup: false,
    features: {
      // A server shared by all panes gives each the environment of the first one, and outlives them.
      daemon_auto_start: false,
      // A message that is sent into a running turn would cut its answer off.
      instant_interrupt: false,
      ...limits.features,
    },
    // The title tells what the screen does not: while text streams, the screen looks idle.
    tui: { show_tooltips: false, terminal_title: ['activity', 'run-state'], notifications: false },
    mcp_servers: mcpServers<object>(input, ours(input), theirs),
  };
}

const ours = ({ loopback }: LaunchInput): object => ({
  url: loopback.mcpUrl,
  bearer_token_env_var: loopback.tokenEnv,
  // Without it a first turn may begin before the tools are there.
  required: true,
  startup_timeout_sec: STARTUP_TIMEOUT_S,
  tool_timeout_sec: MCP_TIMEOUT_MS / 1000,
  default_tools_approval_mode: 'approve',
});

/** As profiles say it, in the words of Codex. */
const theirs = ({ type: _, timeout, headers, ...rest }: McpServer): object => ({
  ...rest,
  ...(headers ? { http_headers: headers } : {}),
  ...(timeout === undefined ? {} : { tool_timeout_sec: timeout / 1000 }),
  default_tools_approval_mode: 'approve',
});

/** For one without an app-server. */
const hooks = ({ dir }: LaunchInput) =>
  Object.fromEntries(
    events.map((event) => {
      const command = `sh ${shellWord(`${dir}/hook.sh`)}`;
      return [event, [{ hooks: [{ type: 'command', command, timeout: HOOK_TIMEOUT_S }] }]];
    }),
  );
