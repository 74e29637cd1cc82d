import { hookCommand, shellWord } from '../_shared/hook-command.ts';
import type { LaunchInput, LaunchPlan } from '../contract.ts';
import { hasServer, toolFlags } from './tools.ts';

const SERVER = 'cao-mcp-server';
/** Above the longest call of the server (240 s), below the 300 s after which Claude Code gives up a silent one. */
const MCP_TIMEOUT_MS = 290_000;
/** A hook is a note to the loopback; a CLI must not wait for a worker-agent that is away. */
const HOOK_TIMEOUT_S = 5;
/** The hook of an approval may be held until somebody decides. */
const APPROVAL_TIMEOUT_S = 3600;

const events = [
  'UserPromptSubmit',
  'PermissionRequest',
  'PostToolUse',
  'PostToolUseFailure',
  'Stop',
  'StopFailure',
  'SessionEnd',
] as const;

/**
 * Everything goes in by flags, files of our own and the environment: the user's settings, login and history are neither
 * edited nor hidden. `CLAUDE_CODE_SANDBOXED` answers the question whether the folder is trusted, for this process alone.
 */
export function launch(input: LaunchInput): LaunchPlan {
  const { profile, dir, tools } = input;
  const { disallowed, allowed } = toolFlags(tools);
  const bypass = input.yolo || profile.permissionMode === 'bypassPermissions';
  const mode = profile.permissionMode;
  const prompt = profile.systemPrompt.trim();
  return {
    argv: [
      input.binaryPath,
      ...[input.resume ? '--resume' : '--session-id', input.nativeSessionId],
      ...['--settings', `${dir}/settings.json`],
      ...['--mcp-config', `${dir}/mcp.json`],
      ...(isClosed(input) ? ['--strict-mcp-config'] : []),
      ...(prompt ? ['--append-system-prompt-file', `${dir}/system-prompt.md`] : []),
      ...(profile.model ? ['--model', profile.model] : []),
      ...(bypass ? ['--dangerously-skip-permissions'] : mode ? ['--permission-mode', mode] : []),
      ...(allowed.length > 0 ? ['--allowedTools', allowed.join(',')] : []),
      ...(disallowed.length > 0 ? ['--disallowedTools', disallowed.join(',')] : []),
    ],
    env: {
      CLAUDE_CODE_SANDBOXED: '1',
      // An update in the middle of the work, and a survey that takes the next key for its answer.
      DISABLE_AUTOUPDATER: '1',
      CLAUDE_CODE_DISABLE_FEEDBACK_SURVEY: '1',
      // Root may skip permissions only in what calls itself a sandbox.
      ...(bypass && input.asRoot ? { IS_SANDBOX: '1' } : {}),
    },
    // A worker-agent that was itself started by Claude Code must not make its children look like sub-sessions.
    unsetEnv: [
      'CLAUDECODE',
      'CLAUDE_CODE_ENTRYPOINT',
      'CLAUDE_CODE_SESSION_ID',
      'CLAUDE_CODE_CHILD_SESSION',
      'CLAUDE_CODE_SSE_PORT',
    ],
    files: [
      { path: 'settings.json', content: JSON.stringify(settings(input), null, 2) },
      { path: 'mcp.json', content: JSON.stringify({ mcpServers: servers(input) }, null, 2) },
      { path: 'session-start.sh', content: hookCommand(input), executable: true },
      ...(prompt ? [{ path: 'system-prompt.md', content: `${prompt}\n` }] : []),
    ],
  };
}

/** The user's own MCP servers stay away, unless the tools are `*` or name one that the profile does not bring along. */
function isClosed({ tools, profile }: LaunchInput): boolean {
  const known = new Set([SERVER, 'builtin', ...Object.keys(profile.mcpServers ?? {})]);
  return !tools.includes('*') && tools.every((word) => !word.startsWith('@') || known.has(word.slice(1)));
}

function servers({ profile, tools, loopback }: LaunchInput): Record<string, unknown> {
  const own = Object.entries(profile.mcpServers ?? {}).filter(
    ([name]) => name !== SERVER && hasServer(tools, name),
  );
  const ours = {
    type: 'http',
    url: loopback.mcpUrl,
    headers: { Authorization: `Bearer \${${loopback.tokenEnv}}` },
    timeout: MCP_TIMEOUT_MS,
    // Newer versions offer tools only on search; agents are told to use these by name.
    alwaysLoad: true,
  };
  return { ...Object.fromEntries(own), ...(hasServer(tools, SERVER) ? { [SERVER]: ours } : {}) };
}

function settings({ dir, loopback }: LaunchInput): Record<string, unknown> {
  const post = (timeout: number) => ({
    type: 'http',
    url: loopback.hookUrl,
    timeout,
    headers: { Authorization: `Bearer $${loopback.tokenEnv}` },
    allowedEnvVars: [loopback.tokenEnv],
  });
  const hooks = Object.fromEntries(
    events.map((event) => [
      event,
      [{ hooks: [post(event === 'PermissionRequest' ? APPROVAL_TIMEOUT_S : HOOK_TIMEOUT_S)] }],
    ]),
  );
  // Claude Code sends no http hook for SessionStart, only commands.
  const start = {
    type: 'command',
    command: `sh ${shellWord(`${dir}/session-start.sh`)}`,
    timeout: HOOK_TIMEOUT_S,
  };
  return { skipDangerousModePermissionPrompt: true, hooks: { ...hooks, SessionStart: [{ hooks: [start] }] } };
}
