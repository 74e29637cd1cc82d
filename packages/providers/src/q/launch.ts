import { agentFile, type Dialect } from '../_shared/agent-json/agent-file.ts';
import { shellWord } from '../_shared/hook-command.ts';
import { option } from '../_shared/plan.ts';
import { silentHookFiles } from '../_shared/silent-hook.ts';
import { asksNothing } from '../_shared/tool-words.ts';
import type { LaunchInput, LaunchPlan } from '../contract.ts';

/** Folders are listed by the tool that reads files, and no tool fetches pages. */
const dialect: Dialect = {
  tools: { execute_bash: ['execute_bash'], fs_read: ['fs_read'], fs_write: ['fs_write'] },
  resources: ['file://AmazonQ.md', 'file://README.md', 'file://.amazonq/rules/**/*.md'],
  ownServers: 'useLegacyMcpJson',
};

/**
 * Agents are found in one folder of the user's and in one of the working directory; nothing moves either. So a link of a
 * name that nobody else has stands in the user's while the terminal lives; what it points to lies with us.
 */
export function launch(input: LaunchInput): LaunchPlan {
  const name = `cao-${input.terminalId}`;
  return {
    argv: [
      input.binaryPath,
      'chat',
      ...['--agent', name],
      ...option('--model', input.profile.model),
      ...(asksNothing(input) ? ['--trust-all-tools'] : []),
    ],
    env: {},
    unsetEnv: [],
    files: [
      { path: 'agent.json', content: agentFile(input, dialect, name, `${input.dir}/hooks/tell.sh`) },
      ...silentHookFiles('hooks', input, shellWord(`"cao_terminal":"${input.terminalId}"`)),
    ],
    outsideLinks: [{ path: `${input.home}/.aws/amazonq/cli-agents/${name}.json`, target: 'agent.json' }],
  };
}
