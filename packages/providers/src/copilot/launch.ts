import { asksNothing, MCP_TIMEOUT_MS, mcpServers, toolWords } from '../_shared/tool-words.ts';
import type { LaunchInput, LaunchPlan } from '../contract.ts';
import { offeredTools } from './tools.ts';

/**
 * A home of its own: whether the folder is trusted is read from `config.json` alone, and that is where the login is, too.
 * So the user's is copied with our answer on top; settings, agents and the like are links, which Copilot replaces by
 * files of its own when it writes. `COPILOT_ALLOW_ALL` would answer as well, and allow every tool with it.
 */
export function launch(input: LaunchInput): LaunchPlan {
  const { profile, dir, home, nativeSessionId } = input;
  const { closed } = toolWords(input);
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
      ...permissions(input),
    ],
    env: {
      COPILOT_HOME: `${dir}/copilot`,
      ...(prompt ? { COPILOT_CUSTOM_INSTRUCTIONS_DIRS: `${dir}/instructions` } : {}),
    },
    unsetEnv: ['COPILOT_ALLOW_ALL', 'COPILOT_ASSISTED_APPROVAL'],
    files: [
      { path: 'mcp.json', content: JSON.stringify({ mcpServers: servers(input) }, null, 2) },
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
      ...[...linked, ...(closed ? [] : ['mcp-config.json'])].map((name) => ({
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

function permissions(input: LaunchInput): string[] {
  const words = toolWords(input);
  const offered = offeredTools(words);
  const mode = input.profile.permissionMode;
  const allowed = [...words.servers, ...(mode === 'acceptEdits' ? ['write'] : [])];
  return [
    ...(offered ? ['--available-tools', ...offered] : []),
    // GitHub's own.
    ...(words.closed ? ['--disable-builtin-mcps'] : []),
    ...(allowed.length > 0 ? ['--allow-tool', ...allowed] : []),
    // What is not available stays so.
    ...(asksNothing(input) ? ['--allow-all'] : []),
    ...(mode === 'plan' ? ['--plan'] : []),
  ];
}

function servers(input: LaunchInput): Readonly<Record<string, object>> {
  const ours = {
    type: 'http',
    url: input.loopback.mcpUrl,
    headers: { Authorization: `Bearer ${input.loopback.tokenMark}` },
    tools: ['*'],
    // 1.0.102 gives up at 180 s by itself.
    timeout: MCP_TIMEOUT_MS,
  };
  return mcpServers<object>(input, ours, (server) => ({ ...server, tools: ['*'] }));
}
