import { hookCommand, shellWord } from '../_shared/hook-command.ts';
import { MCP_TIMEOUT_MS, type McpServer, mcpServers, toolWords } from '../_shared/tool-words.ts';
import type { LaunchInput, LaunchPlan } from '../contract.ts';
import { policy } from './tools.ts';

/** A hook is a note to the loopback; a CLI must not wait for a worker-agent that is away. Units: ms. */
const HOOK_TIMEOUT_MS = 5_000;

const events = [
  'SessionStart',
  'BeforeAgent',
  'BeforeTool',
  'Notification',
  'AfterTool',
  'AfterAgent',
] as const;

/** Of the user's folder, what makes the CLI theirs: login, settings, context, commands. */
const theirs = [
  'settings.json',
  '.env',
  'oauth_creds.json',
  'google_accounts.json',
  'gemini-credentials.json',
  'mcp-oauth-tokens.json',
  'installation_id',
  'GEMINI.md',
  'keybindings.json',
  'commands',
  'skills',
  'agents',
  'policies',
];

const HOME = 'home';
const FOLDER = `${HOME}/.gemini`;
const EXTENSION = `${FOLDER}/extensions/cao`;

/**
 * Hooks, tools and context go in as an extension, and extensions are found in the CLI's home alone: so it gets a home of
 * its own, in which the user's login and settings are links. What is theirs and is not seen here: their extensions, their
 * list of past conversations.
 */
export function launch(input: LaunchInput): LaunchPlan {
  const { profile, dir } = input;
  const prompt = profile.systemPrompt.trim();
  const mode = input.yolo ? 'yolo' : modes[profile.permissionMode ?? ''];
  const { everything, servers } = toolWords(input);
  return {
    argv: [
      input.binaryPath,
      ...[input.resume ? '--resume' : '--session-id', input.nativeSessionId],
      // Admin rules stand above what a person allowed for good; they are ignored where the machine has rules of its own.
      ...['--admin-policy', `${dir}/policy.toml`],
      ...['--policy', `${dir}/policy.toml`],
      ...['--policy', `${dir}/${FOLDER}/policies`],
      ...(profile.model ? ['--model', profile.model] : []),
      ...(mode ? ['--approval-mode', mode] : []),
      // Their tools run without a question, and no other server is connected. An empty list would mean all.
      ...(everything ? [] : ['--allowed-mcp-server-names', servers.join(',') || 'none']),
    ],
    env: {
      GEMINI_CLI_HOME: `${dir}/${HOME}`,
      // The folder is trusted for this process alone: nothing is written down.
      GEMINI_CLI_TRUST_WORKSPACE: 'true',
      // Without it the program is a child of itself that outlives the pane.
      GEMINI_CLI_NO_RELAUNCH: '1',
      // It does not update itself then, as it would in the middle of the work and many at once.
      IS_BINARY: 'true',
      COLORTERM: 'truecolor',
    },
    // A worker-agent that was itself started by Gemini must not make its children look like sandboxes or shells of it.
    unsetEnv: ['GEMINI_CLI', 'GEMINI_CLI_SESSION_ID', 'GEMINI_SYSTEM_MD', 'SANDBOX', 'NO_COLOR'],
    files: [
      { path: `${FOLDER}/settings.json`, content: JSON.stringify(firstSettings, null, 2) },
      { path: `${EXTENSION}/gemini-extension.json`, content: JSON.stringify(extension(input), null, 2) },
      { path: `${EXTENSION}/hooks/hooks.json`, content: JSON.stringify(hooks(input), null, 2) },
      {
        path: `${EXTENSION}/hook.sh`,
        content: hookCommand(input, input.loopback.tokenMark),
        executable: true,
      },
      { path: `${EXTENSION}/model-hook.sh`, content: MODEL_HOOK, executable: true },
      ...(prompt ? [{ path: `${EXTENSION}/GEMINI.md`, content: `${prompt}\n` }] : []),
      { path: 'policy.toml', content: policy(input) },
    ],
    links: [
      ...theirs.map((name) => ({ path: `${FOLDER}/${name}`, target: `${input.home}/.gemini/${name}` })),
      // Conversations outlive the terminal, so that they can be resumed.
      { path: `${FOLDER}/tmp`, target: `${input.keepDir}/tmp` },
    ],
  };
}

const modes: Readonly<Record<string, string>> = {
  default: 'default',
  acceptEdits: 'auto_edit',
  plan: 'plan',
  bypassPermissions: 'yolo',
};

/** In place of settings of a user who has none (a container with a key in its environment): no question how to log in. */
const firstSettings = { security: { auth: { selectedType: 'gemini-api-key' } } };

function extension(input: LaunchInput): Record<string, unknown> {
  const ours = {
    httpUrl: input.loopback.mcpUrl,
    headers: { Authorization: `Bearer ${input.loopback.tokenMark}` },
    timeout: MCP_TIMEOUT_MS,
  };
  return { name: 'cao', version: '1.0.0', mcpServers: mcpServers<object>(input, ours, inItsWords) };
}

const inItsWords = ({ type, url, ...rest }: McpServer): object =>
  url === undefined ? rest : type === 'sse' ? { ...rest, url } : { ...rest, httpUrl: url };

/** Its input is the whole conversation, of which nobody here wants to hear. */
const MODEL_HOOK = `#!/bin/sh
cat >/dev/null
echo '{"hook_event_name":"BeforeModel"}' | sh "\${0%/*}/hook.sh"
`;

function hooks({ dir }: LaunchInput): Record<string, unknown> {
  // A short name: it is shown while the hook runs.
  const run = (script: string) => ({
    type: 'command',
    name: 'cao',
    command: `sh ${shellWord(`${dir}/${EXTENSION}/${script}`)}`,
    timeout: HOOK_TIMEOUT_MS,
  });
  const all = events.map((event) => [event, [{ hooks: [run('hook.sh')] }]] as const);
  return { hooks: { ...Object.fromEntries(all), BeforeModel: [{ hooks: [run('model-hook.sh')] }] } };
}
