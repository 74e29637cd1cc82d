import { hookCommand, shellWord } from '../_shared/hook-command.ts';
import { silentHook } from '../_shared/silent-hook.ts';
import { asksNothing, MCP_TIMEOUT_MS, type McpServer, mcpServers, toolWords } from '../_shared/tool-words.ts';
import type { LaunchInput, LaunchPlan } from '../contract.ts';
import { workdirKey } from './home.ts';
import { deniedPattern, deniedTools, onlyReads } from './tools.ts';

const HOOK_TIMEOUT_S = 5;
/** Said to be "since ever": only that it is there counts. */
const TRUSTED_AT = 0;
const INSTALLED_AT = '2026-01-01T00:00:00.000Z';

const events = [
  'SessionStart',
  'UserPromptSubmit',
  'TurnStarted',
  'PermissionRequest',
  'PermissionResult',
  'Stop',
  'StopFailure',
  'Interrupt',
] as const;

/** What is the user's own: account, models, instructions, skills. Folders, so that a token that is renewed lands there. */
const ownThings = ['config.toml', 'credentials', 'device_id', 'AGENTS.md', 'SYSTEM.md', 'skills'] as const;

/**
 * A home of its own (`KIMI_CODE_HOME`) in which the user's things are links. Ours go in beside `config.toml`, which is the
 * user's and has no room for a second one: hooks as a plugin, the system prompt and the tools as the agent file that
 * overrides the default agent (`--agent-file` is ignored in the TUI of 2.1.0), our server in `mcp.json`.
 *
 * The folder is trusted, as otherwise a dialog stands in the way; its own `.mcp.json` is started then. Calls to those
 * servers are refused unless the tools name them.
 */
export function launch(input: LaunchInput): LaunchPlan {
  const { dir, profile } = input;
  const home = `${dir}/home`;
  const own = `${input.home}/.kimi-code`;
  const bypass = asksNothing(input);
  return {
    argv: [
      input.binaryPath,
      ...(input.resume ? ['-S', input.nativeSessionId] : []),
      ...(profile.model ? ['--model', profile.model] : []),
      // There is no other way to say that our own tools need no question; what is left runs without one anyway.
      ...(bypass
        ? ['--auto']
        : profile.permissionMode === 'auto' || onlyReads(toolWords(input))
          ? ['--yolo']
          : []),
      ...(!bypass && profile.permissionMode === 'plan' ? ['--plan'] : []),
    ],
    env: { KIMI_CODE_HOME: home, KIMI_CODE_NO_AUTO_UPDATE: '1' },
    unsetEnv: [],
    files: [
      { path: 'home/tui.toml', content: tui },
      { path: 'home/mcp.json', content: json({ mcpServers: mcpServers(input, ours(input), inItsWords) }) },
      { path: `home/workspace-trust/${workdirKey(input.cwd)}`, content: trust(input.cwd) },
      { path: 'home/agents/agent.md', content: agentFile(input) },
      { path: 'home/plugins/installed.json', content: installed(`${home}/cao`) },
      { path: 'home/cao/kimi.plugin.json', content: plugin(input) },
      { path: 'home/cao/tell.sh', content: tell(home), executable: true },
      { path: 'home/cao/post.sh', content: hookCommand(input), executable: true },
      { path: 'home/cao/deny.sh', content: DENY, executable: true },
    ],
    links: [
      ...ownThings.map((name) => ({ path: `home/${name}`, target: `${own}/${name}` })),
      { path: 'home/agents/own', target: `${own}/agents` },
      // Conversations outlive the terminal, so that they can be resumed.
      { path: 'home/sessions', target: `${input.keepDir}/sessions` },
    ],
  };
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);

const trust = (cwd: string): string => json({ root: cwd.replace(/\/+$/, ''), trustedAt: TRUSTED_AT });

/** No survey and no "cache expired" that would take the next key, no screen of its own that hides what was said. */
const tui = `tui_mode = "regular"
cache_expiry_hint = false
disable_feedback_survey = true
[notifications]
enabled = false
[upgrade]
auto_install = false
`;

const ours = ({ loopback }: LaunchInput): object => ({
  transport: 'http',
  url: loopback.mcpUrl,
  bearerTokenEnvVar: loopback.tokenEnv,
  // The default is 60 s, and progress does not extend it.
  toolTimeoutMs: MCP_TIMEOUT_MS,
});

const inItsWords = ({ type, timeout, ...rest }: McpServer): object => ({
  ...rest,
  ...(type ? { transport: type } : {}),
  ...(timeout ? { toolTimeoutMs: timeout } : {}),
});

/** Takes the place of the agent that the TUI starts with. `${base_prompt}` is the prompt it would have had. */
function agentFile(input: LaunchInput): string {
  const denied = deniedTools(toolWords(input));
  return `---
name: agent
description: The agent of this terminal.
override: true
${denied.length > 0 ? `disallowedTools: [${denied.join(', ')}]\n` : ''}---
\${base_prompt}

${asItStands(input.profile.systemPrompt.trim())}
`;
}

/** `${cwd}` and its like would be replaced; a character of no width between them keeps the words. */
const asItStands = (text: string): string => text.replaceAll('${', '$\u200b{');

function installed(root: string): string {
  const ours = { id: 'cao', root, source: 'local-path', enabled: true };
  return json({ version: 1, plugins: [{ ...ours, installedAt: INSTALLED_AT, updatedAt: INSTALLED_AT }] });
}

/** A key that a version does not know disables all hooks of it in 2.1.0: these four are all that is written. */
function plugin(input: LaunchInput): string {
  const run = (script: string) => `sh ${shellWord(`${input.dir}/home/cao/${script}`)}`;
  const denied = deniedPattern(toolWords(input));
  const hooks = events.map((event) => ({ event, command: run('tell.sh'), timeout: HOOK_TIMEOUT_S }));
  const deny = { event: 'PreToolUse', matcher: denied, command: run('deny.sh'), timeout: HOOK_TIMEOUT_S };
  return json({
    name: 'cao',
    version: '1.0.0',
    description: 'Tells CAO what this terminal does.',
    hooks: denied === null ? hooks : [...hooks, deny],
  });
}

/** Hooks do not say where the log of their session lies. */
const tell = (home: string): string => silentHook(shellWord(`"kimi_home":${JSON.stringify(home)}`));

/** The second line behind `disallowedTools`: also for sub-agents, and where a folder brings an agent file of its own. */
const DENY = `#!/bin/sh
echo 'This terminal does not have that tool.' >&2
exit 2
`;
