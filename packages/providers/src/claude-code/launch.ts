import { HOOK_TIMEOUT_S, hookCommand, hookSettings, scriptHook } from '../_shared/hook-command.ts';
import { serversFor } from '../_shared/mcp-dialect.ts';
import { jsonFile, option, promptFile, script } from '../_shared/plan.ts';
import { asksNothing, toolWords } from '../_shared/tool-words.ts';
import type { LaunchInput, LaunchPlan } from '../contract.ts';
import { hooks } from './signals.ts';
import { deniedTools } from './tools.ts';

/** The hook of an approval may be held until somebody decides. */
const APPROVAL_TIMEOUT_S = 3600;

/**
 * Everything goes in by flags, files of our own and the environment: the user's settings, login and history are neither
 * edited nor hidden. `CLAUDE_CODE_SANDBOXED` answers the question whether the folder is trusted, for this process alone.
 */
export function launch(input: LaunchInput): LaunchPlan {
  const { profile, dir } = input;
  const words = toolWords(input);
  const bypass = asksNothing(input);
  const prompt = promptFile('system-prompt.md', input);
  const token = `\${${input.loopback.tokenEnv}}`;
  // Newer versions offer tools only on search; agents are told to use these by name.
  const ours = { alwaysLoad: true };
  return {
    argv: [
      input.binaryPath,
      ...[input.resume ? '--resume' : '--session-id', input.nativeSessionId],
      ...['--settings', `${dir}/settings.json`],
      ...['--mcp-config', `${dir}/mcp.json`],
      ...(words.closed ? ['--strict-mcp-config'] : []),
      ...prompt.flatMap(({ path }) => ['--append-system-prompt-file', `${dir}/${path}`]),
      ...option('--model', profile.model),
      ...(bypass ? ['--dangerously-skip-permissions'] : option('--permission-mode', profile.permissionMode)),
      ...option('--allowedTools', words.servers.map((name) => `mcp__${name}`).join(',')),
      ...option('--disallowedTools', deniedTools(words).join(',')),
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
      jsonFile('settings.json', settings(input)),
      jsonFile('mcp.json', { mcpServers: serversFor(input, { token, ours }) }),
      script('session-start.sh', hookCommand(input)),
      ...prompt,
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
  const hook = (name: string) => {
    // Claude Code sends no http hook for SessionStart, only commands.
    if (name === 'SessionStart') return scriptHook(`${dir}/session-start.sh`);
    return post(name === 'PermissionRequest' ? APPROVAL_TIMEOUT_S : HOOK_TIMEOUT_S);
  };
  return { skipDangerousModePermissionPrompt: true, hooks: hookSettings(hooks, hook) };
}
