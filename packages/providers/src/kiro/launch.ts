import { agentFile, type Dialect } from '../_shared/agent-json/agent-file.ts';
import { shellWord } from '../_shared/hook-command.ts';
import { linksTo, option } from '../_shared/plan.ts';
import { silentHookFiles } from '../_shared/silent-hook.ts';
import { asksNothing } from '../_shared/tool-words.ts';
import type { LaunchInput, LaunchPlan } from '../contract.ts';

const AGENT = 'cao';

const dialect: Dialect = {
  tools: {
    execute_bash: ['execute_bash'],
    fs_read: ['fs_read'],
    fs_write: ['fs_write'],
    fs_list: ['glob', 'grep'],
    web_fetch: ['web_fetch', 'web_search'],
  },
  resources: ['file://AGENTS.md', 'file://README.md', 'file://.kiro/steering/**/*.md'],
  ownServers: 'includeMcpJson',
};

/** What is the user's in `~/.kiro`; the login lies elsewhere (`~/.local/share/kiro-cli`). */
const ownThings = ['settings', 'steering', 'skills', 'prompts'] as const;

/**
 * A home of its own (`KIRO_HOME`, documented since 2.3), so that the agent file is not among the user's, and the only
 * sessions in it are those of this terminal. A folder's own `.kiro/agents/cao.json` would go before it.
 */
export function launch(input: LaunchInput): LaunchPlan {
  const home = `${input.dir}/kiro`;
  return {
    argv: [
      input.binaryPath,
      'chat',
      ...['--agent', AGENT],
      ...option('--model', input.profile.model),
      // The terminal interface asks whether that is meant, and stands on "No, exit"; the classic one does not.
      ...(asksNothing(input) ? ['--trust-all-tools', '--legacy-ui'] : []),
    ],
    env: { KIRO_HOME: home },
    unsetEnv: [],
    files: [
      {
        path: `kiro/agents/${AGENT}.json`,
        content: agentFile(input, dialect, AGENT, `${home}/hooks/tell.sh`),
      },
      ...silentHookFiles('kiro/hooks', input, newestSession(`${home}/sessions/cli`)),
    ],
    links: linksTo(`${input.home}/.kiro`, 'kiro', ownThings),
  };
}

/** No hook says where the session log is: the newest one in a folder that has no other's. */
const newestSession = (folder: string): string =>
  `${shellWord(`"cao_sessions":${JSON.stringify(folder)},"cao_session":"`)}"$(ls -t ${shellWord(folder)} 2>/dev/null | grep '\\.jsonl$' | head -n 1)"'"'`;
