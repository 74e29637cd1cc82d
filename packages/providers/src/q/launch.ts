import { agentFile, type Dialect } from '../_shared/agent-json/agent-file.ts';
import { hookCommand, shellWord } from '../_shared/hook-command.ts';
import { silentHook } from '../_shared/silent-hook.ts';
import type { LaunchInput, LaunchPlan } from '../contract.ts';

/** Folders are listed by the tool that reads files, and no tool fetches pages. */
const dialect: Dialect = {
  tools: { execute_bash: ['execute_bash'], fs_read: ['fs_read'], fs_write: ['fs_write'] },
  events: ['agentSpawn', 'userPromptSubmit', 'preToolUse', 'postToolUse', 'stop'],
  resources: ['file://AmazonQ.md', 'file://README.md', 'file://.amazonq/rules/**/*.md'],
  ownServers: 'useLegacyMcpJson',
};

/**
 * Agents are found in one folder of the user's and in one of the working directory; nothing moves either. So a link of a
 * name that nobody else has stands in the user's while the terminal lives; what it points to lies with us.
 */
export function launch(input: LaunchInput): LaunchPlan {
  const name = `cao-${input.terminalId}`;
  const bypass = input.yolo || input.profile.permissionMode === 'bypassPermissions';
  return {
    argv: [
      input.binaryPath,
      'chat',
      ...['--agent', name],
      ...(input.profile.model ? ['--model', input.profile.model] : []),
      ...(bypass ? ['--trust-all-tools'] : []),
    ],
    env: {},
    unsetEnv: [],
    files: [
      { path: 'agent.json', content: agentFile(input, dialect, name, `${input.dir}/hooks/tell.sh`) },
      {
        path: 'hooks/tell.sh',
        content: silentHook(shellWord(`"cao_terminal":"${input.terminalId}"`)),
        executable: true,
      },
      { path: 'hooks/post.sh', content: hookCommand(input), executable: true },
    ],
    outsideLinks: [{ path: `${input.home}/.aws/amazonq/cli-agents/${name}.json`, target: 'agent.json' }],
  };
}
