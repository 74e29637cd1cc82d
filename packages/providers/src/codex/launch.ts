import { hookCommand, shellWord } from '../_shared/hook-command.ts';
import { type Toml, toToml } from '../_shared/toml.ts';
import { MCP_TIMEOUT_MS, type McpServer, mcpServers, toolWords } from '../_shared/tool-words.ts';
import type { LaunchInput, LaunchPlan } from '../contract.ts';
import { type Limits, limitsOf, onlyServers } from './tools.ts';

const PROFILE = 'cao';
/** A server that is slow to start must not cost the first turn its tools. Units: s. */
const STARTUP_TIMEOUT_S = 60;
/** The script gives up before. 0.169.0 draws a dialog only once its hooks have answered. Units: s. */
const HOOK_TIMEOUT_S = 10;

/** What the user has below `~/.codex` that belongs to every conversation. Sessions, caches and databases stay apart. */
const USERS = ['auth.json', 'config.toml', 'AGENTS.md', 'prompts', 'rules'] as const;

/** No Stop: the log tells the end of a turn, also of one that failed, which no hook does. */
const events = ['SessionStart', 'UserPromptSubmit', 'PermissionRequest', 'PostToolUse'] as const;

/**
 * A home of its own, as 0.169.0 writes into the configuration that it was started with (`[tui]`, notices, trusted
 * folders) even when all else came by flags. The user's login and settings are links in it: a renewed login is written
 * through the link, by a rename beside its target. Ours is a profile on top, which takes the writes as well.
 */
export function launch(input: LaunchInput): LaunchPlan {
  const { dir, home } = input;
  const limits = limitsOf(input);
  const { closed, servers } = toolWords(input);
  const codexHome = `${dir}/codex`;
  return {
    argv: [
      input.binaryPath,
      ...(input.resume ? ['resume', input.nativeSessionId] : []),
      ...['-p', PROFILE],
      // Inline: what was said stays in the scrollback of the pane.
      '--no-alt-screen',
      // Ours are new at every start, and would be asked about.
      '--dangerously-bypass-hook-trust',
      ...(limits.bypass ? ['--dangerously-bypass-approvals-and-sandbox'] : []),
    ],
    env: { CODEX_HOME: codexHome },
    unsetEnv: ['CODEX_THREAD_ID', 'CODEX_SANDBOX', 'CODEX_SANDBOX_NETWORK_DISABLED'],
    files: [
      { path: `codex/${PROFILE}.config.toml`, content: toToml(config(input, limits)) },
      { path: 'hook.sh', content: hookCommand(input), executable: true },
      ...(closed ? [{ path: 'only-servers.sh', content: onlyServers(servers), executable: true }] : []),
    ],
    links: [
      ...USERS.map((name) => ({ path: `codex/${name}`, target: `${home}/.codex/${name}` })),
      // Conversations outlive the terminal, so that they can be resumed.
      { path: 'codex/sessions', target: `${input.keepDir}/sessions` },
    ],
    ...(limits.onlyAsked.length > 0 ? { onlyAsked: limits.onlyAsked } : {}),
  };
}

function config(input: LaunchInput, limits: Limits): Record<string, Toml> {
  const { profile, cwd } = input;
  const prompt = profile.systemPrompt.trim();
  return {
    ...(profile.model ? { model: profile.model } : {}),
    ...(prompt ? { developer_instructions: prompt } : {}),
    ...limits.config,
    // "Update now" is the first entry of that dialog, and installs for the whole machine.
    check_for_update_on_startup: false,
    projects: { [cwd]: { trust_level: 'trusted' } },
    features: {
      // A server shared by all panes gives each the environment of the first one, and outlives them.
      daemon_auto_start: false,
      // A message that is sent into a running turn would cut its answer off.
      instant_interrupt: false,
      ...limits.features,
    },
    // The title tells what the screen does not: while text streams, the screen looks idle.
    tui: { show_tooltips: false, terminal_title: ['activity', 'run-state'], notifications: false },
    mcp_servers: mcpServers(input, ours(input), theirs),
    hooks: hooks(input),
  };
}

const ours = ({ loopback }: LaunchInput): Toml => ({
  url: loopback.mcpUrl,
  bearer_token_env_var: loopback.tokenEnv,
  // Without it a first turn may begin before the tools are there.
  required: true,
  startup_timeout_sec: STARTUP_TIMEOUT_S,
  tool_timeout_sec: MCP_TIMEOUT_MS / 1000,
  default_tools_approval_mode: 'approve',
});

/** As profiles say it, in the words of Codex. */
function theirs({ type: _, timeout, headers, ...rest }: McpServer): Toml {
  return {
    ...(rest as Record<string, Toml>),
    ...(headers ? { http_headers: headers as Record<string, Toml> } : {}),
    ...(timeout === undefined ? {} : { tool_timeout_sec: timeout / 1000 }),
    default_tools_approval_mode: 'approve',
  };
}

function hooks(input: LaunchInput): Record<string, Toml> {
  const run = (script: string, matcher?: string): Toml => [
    {
      ...(matcher ? { matcher } : {}),
      hooks: [
        { type: 'command', command: `sh ${shellWord(`${input.dir}/${script}`)}`, timeout: HOOK_TIMEOUT_S },
      ],
    },
  ];
  return {
    ...Object.fromEntries(events.map((event) => [event, run('hook.sh')])),
    ...(toolWords(input).closed ? { PreToolUse: run('only-servers.sh', '^mcp__') } : {}),
  };
}
