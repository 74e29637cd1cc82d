import { hookCommand, shellWord } from '../_shared/hook-command.ts';
import { asksNothing, MCP_TIMEOUT_MS, mcpServers, toolWords } from '../_shared/tool-words.ts';
import type { LaunchInput, LaunchPlan } from '../contract.ts';
import { deniedTools } from './tools.ts';

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
  const { profile, dir, loopback } = input;
  const words = toolWords(input);
  const allowed = words.servers.map((name) => `mcp__${name}`);
  const disallowed = deniedTools(words);
  const bypass = asksNothing(input);
  const mode = profile.permissionMode;
  const prompt = profile.systemPrompt.trim();
  const ours = {
    type: 'http',
    url: loopback.mcpUrl,
    headers: { Authorization: `Bearer \${${loopback.tokenEnv}}` },
    timeout: MCP_TIMEOUT_MS,
    // Newer versions offer tools only on search; agents are told to use these by name.
    alwaysLoad: true,
  };
  const servers = mcpServers<object>(input, ours, (server) => server);
  return {
    argv: [
      input.binaryPath,
      ...[input.resume ? '--resume' : '--session-id', input.nativeSessionId],
      ...['--settings', `${dir}/settings.json`],
      ...['--mcp-config', `${dir}/mcp.json`],
      ...(words.closed ? ['--strict-mcp-config'] : []),
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
      { path: 'mcp.json', content: JSON.stringify({ mcpServers: servers }, null, 2) },
      { path: 'session-start.sh', content: hookCommand(input), executable: true },
      ...(prompt ? [{ path: 'system-prompt.md', content: `${prompt}\n` }] : []),
    ],
  };
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
