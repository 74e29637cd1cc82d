import type { LaunchInput, LaunchPlan } from '../contract.ts';
import { SERVER, type ToolFlags, toolFlags } from './tools.ts';

/** Above the longest call of the server (240 s). 1.0.102 gives up at 180 s by itself. Units: ms. */
const MCP_TIMEOUT_MS = 290_000;

/**
 * A home of its own: whether the folder is trusted is read from `config.json` alone, and that is where the login is, too.
 * So the user's is copied with our answer on top; settings, agents and the like are links, which Copilot replaces by
 * files of its own when it writes. `COPILOT_ALLOW_ALL` would answer as well, and allow every tool with it.
 */
export function launch(input: LaunchInput): LaunchPlan {
  const { profile, dir, home, nativeSessionId } = input;
  const flags = toolFlags(input);
  const users = `${home}/.copilot`;
  const prompt = profile.systemPrompt.trim();
  const linked = ['settings.json', 'agents', 'skills', 'copilot-instructions.md', 'hooks'];
  return {
    argv: [
      input.binaryPath,
      // Of a new conversation, or of the one that goes on.
      ...['--session-id', nativeSessionId],
      ...['--additional-mcp-config', `@${dir}/mcp.json`],
      '--no-auto-update',
      ...(profile.model ? ['--model', profile.model] : []),
      ...permissions(input, flags),
    ],
    env: {
      COPILOT_HOME: `${dir}/copilot`,
      ...(prompt ? { COPILOT_CUSTOM_INSTRUCTIONS_DIRS: `${dir}/instructions` } : {}),
    },
    unsetEnv: ['COPILOT_ALLOW_ALL', 'COPILOT_ASSISTED_APPROVAL'],
    files: [
      { path: 'mcp.json', content: JSON.stringify({ mcpServers: servers(input, flags) }, null, 2) },
      ...(prompt
        ? [
            {
              path: 'instructions/.github/instructions/cao.instructions.md',
              content: `---\napplyTo: "**"\n---\n${prompt}\n`,
            },
          ]
        : []),
    ],
    links: [
      ...[...linked, ...(flags.closed ? [] : ['mcp-config.json'])].map((name) => ({
        path: `copilot/${name}`,
        target: `${users}/${name}`,
      })),
      // Conversations outlive the terminal, so that they can be resumed.
      { path: 'copilot/session-state', target: `${input.keepDir}/session-state` },
    ],
    copies: [
      { path: 'copilot/config.json', source: `${users}/config.json`, add: { trustedFolders: [input.cwd] } },
    ],
    logPath: `${dir}/copilot/session-state/${nativeSessionId}/events.jsonl`,
  };
}

function permissions({ profile, yolo }: LaunchInput, { available, servers, closed }: ToolFlags): string[] {
  const mode = profile.permissionMode;
  const allowed = [...servers, ...(mode === 'acceptEdits' ? ['write'] : [])];
  return [
    ...(available ? ['--available-tools', ...available] : []),
    ...(closed ? ['--disable-builtin-mcps'] : []),
    ...(allowed.length > 0 ? ['--allow-tool', ...allowed] : []),
    // What is not available stays so.
    ...(yolo || mode === 'bypassPermissions' ? ['--allow-all'] : []),
    ...(mode === 'plan' ? ['--plan'] : []),
  ];
}

function servers({ profile, loopback }: LaunchInput, flags: ToolFlags): Record<string, unknown> {
  const own = Object.entries(profile.mcpServers ?? {})
    .filter(([name]) => name !== SERVER && flags.servers.includes(name))
    .map(([name, server]) => [name, { ...server, tools: ['*'] }]);
  const ours = {
    type: 'http',
    url: loopback.mcpUrl,
    headers: { Authorization: `Bearer ${loopback.tokenMark}` },
    tools: ['*'],
    timeout: MCP_TIMEOUT_MS,
  };
  return { ...Object.fromEntries(own), ...(flags.servers.includes(SERVER) ? { [SERVER]: ours } : {}) };
}
