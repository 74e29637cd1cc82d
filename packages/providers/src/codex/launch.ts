import { HOOK_TIMEOUT_S, hookCommand, hookSettings, scriptHook } from '../_shared/hook-command.ts';
import { type InItsWords, renamed, serversFor } from '../_shared/mcp-dialect.ts';
import { given, homeLinks, script } from '../_shared/plan.ts';
import { type Toml, toToml } from '../_shared/toml.ts';
import { toolWords } from '../_shared/tool-words.ts';
import type { LaunchInput, LaunchPlan } from '../contract.ts';
import { hooks } from './signals.ts';
import { limitsOf } from './tools.ts';

/** Of a Codex without an app-server. */
const PROFILE = 'cao';
/** A server that is slow to start must not cost the first turn its tools. Units: s. */
const STARTUP_TIMEOUT_S = 60;

/** What the user has below `~/.codex` that belongs to every conversation. Sessions, caches and databases stay apart. */
const names = ['auth.json', 'AGENTS.md', 'prompts', 'rules'];

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
  // The folder's own configuration stands above the user's: it would take the sandbox away, bring servers, and run hooks. It is
  // read only where the user has said so, and the tools are not limited. Otherwise such a folder is as any other.
  const projects = { [cwd]: { trust_level: 'untrusted' } };
  const defaults = { approval_policy: 'on-request', sandbox_mode: 'workspace-write', projects };
  // The script gives up before. 0.169.0 draws a dialog only once its hooks have answered.
  const hook = () => ({ ...scriptHook(`${dir}/hook.sh`), timeout: 2 * HOOK_TIMEOUT_S });
  const resume = input.resume ? ['resume', input.nativeSessionId] : [];
  // Inline: what was said stays in the scrollback of the pane. Hooks of the user were looked at under another name.
  const terminal = [input.binaryPath, ...resume, '--no-alt-screen', '--dangerously-bypass-hook-trust'];
  return {
    argv: [...terminal, '-p', PROFILE],
    server: {
      argv: [input.binaryPath, 'app-server', '--listen', `unix://${socket}`],
      socket,
      attached: [...terminal, '--remote', `unix://${socket}`],
    },
    // A server is to its service what connects to it first, which is us: it stays what its terminal is by itself.
    env: { CODEX_HOME: `${dir}/codex`, CODEX_INTERNAL_ORIGINATOR_OVERRIDE: 'codex-tui' },
    unsetEnv: ['CODEX_THREAD_ID', 'CODEX_SANDBOX', 'CODEX_SANDBOX_NETWORK_DISABLED'],
    files: [
      { path: `codex/${PROFILE}.config.toml`, content: toToml({ hooks: hookSettings(hooks, hook) as Toml }) },
      script('hook.sh', hookCommand(input)),
    ],
    links: homeLinks(input, 'codex', { from: '.codex', names }, 'sessions'),
    copies: [
      {
        path: 'codex/config.toml',
        source: `${home}/.codex/config.toml`,
        add: { ...config(input, limits), ...(closed ? { projects } : {}) },
        defaults,
        // A folder above this one may be trusted, and its configuration counts here as well.
        without: closed ? ['mcp_servers', 'projects'] : [],
      },
    ],
    ...(limits.onlyAsked.length > 0 ? { onlyAsked: limits.onlyAsked } : {}),
  };
}

function config(input: LaunchInput, limits: ReturnType<typeof limitsOf>): object {
  const { profile, loopback } = input;
  const ours = {
    bearer_token_env_var: loopback.tokenEnv,
    // Without it a first turn may begin before the tools are there.
    required: true,
    startup_timeout_sec: STARTUP_TIMEOUT_S,
  };
  return {
    ...given({ model: profile.model, developer_instructions: profile.systemPrompt.trim() }),
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
    mcp_servers: serversFor(input, { ours, inItsWords }),
  };
}

const inItsWords: InItsWords = ({ type: _, timeout, ...server }) => ({
  ...renamed(server, { headers: 'http_headers' }),
  ...(timeout === undefined ? {} : { tool_timeout_sec: timeout / 1000 }),
  default_tools_approval_mode: 'approve',
});
