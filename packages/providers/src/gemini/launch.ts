import { hookCommand, hookSettings, scriptHook, shellScript } from '../_shared/hook-command.ts';
import { type InItsWords, renamed, serversFor } from '../_shared/mcp-dialect.ts';
import { homeLinks, jsonFile, option, promptFile, script } from '../_shared/plan.ts';
import { asksNothing, toolWords } from '../_shared/tool-words.ts';
import type { LaunchInput, LaunchPlan } from '../contract.ts';
import { hooks } from './signals.ts';
import { policy } from './tools.ts';

/** Of the user's folder, what makes the CLI theirs: login, settings, context, commands. */
const logins = ['oauth_creds.json', 'google_accounts.json', 'gemini-credentials.json', 'installation_id'];
const settings = ['settings.json', '.env', 'mcp-oauth-tokens.json', 'keybindings.json'];
const context = ['GEMINI.md', 'commands', 'skills', 'agents', 'policies'];

const FOLDER = 'home/.gemini';
const EXTENSION = `${FOLDER}/extensions/cao`;

/**
 * Hooks, tools and context go in as an extension, and extensions are found in the CLI's home alone: so it gets a home of
 * its own, in which the user's login and settings are links. What is theirs and is not seen here: their extensions, their
 * list of past conversations.
 */
export function launch(input: LaunchInput): LaunchPlan {
  const { profile, dir, loopback } = input;
  const mcpServers = serversFor(input, { token: loopback.tokenMark, inItsWords });
  const hook = (name: string) => {
    const file = name === 'BeforeModel' ? 'model-hook.sh' : 'hook.sh';
    // A short name: it is shown while the hook runs.
    return { name: 'cao', ...scriptHook(`${dir}/${EXTENSION}/${file}`, 'ms') };
  };
  const { everything, servers } = toolWords(input);
  return {
    argv: [
      input.binaryPath,
      ...[input.resume ? '--resume' : '--session-id', input.nativeSessionId],
      // Admin rules stand above what a person allowed for good; they are ignored where the machine has rules of its own.
      ...['--admin-policy', `${dir}/policy.toml`],
      ...['--policy', `${dir}/policy.toml`],
      ...['--policy', `${dir}/${FOLDER}/policies`],
      ...option('--model', profile.model),
      ...option('--approval-mode', asksNothing(input) ? 'yolo' : MODES.get(profile.permissionMode ?? '')),
      // Their tools run without a question, and no other server is connected. An empty list would mean all.
      ...(everything ? [] : ['--allowed-mcp-server-names', servers.join(',') || 'none']),
    ],
    env: {
      GEMINI_CLI_HOME: `${dir}/home`,
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
      // In place of settings of a user who has none (a container with a key in its environment): no question how to log in.
      jsonFile(`${FOLDER}/settings.json`, { security: { auth: { selectedType: 'gemini-api-key' } } }),
      jsonFile(`${EXTENSION}/gemini-extension.json`, { name: 'cao', version: '1.0.0', mcpServers }),
      jsonFile(`${EXTENSION}/hooks/hooks.json`, { hooks: hookSettings(hooks, hook) }),
      script(`${EXTENSION}/hook.sh`, hookCommand(input, loopback.tokenMark)),
      script(`${EXTENSION}/model-hook.sh`, ASKED),
      ...promptFile(`${EXTENSION}/GEMINI.md`, input),
      { path: 'policy.toml', content: policy(input) },
    ],
    links: homeLinks(input, FOLDER, { from: '.gemini', names: [...logins, ...settings, ...context] }, 'tmp'),
  };
}

const MODES = new Map(Object.entries({ default: 'default', acceptEdits: 'auto_edit', plan: 'plan' }));

const inItsWords: InItsWords = ({ type, ...server }) =>
  type === 'sse' ? server : renamed(server, { url: 'httpUrl' });

/** Tells that its model is asked, and not what: its input is the whole conversation, of which nobody here wants to hear. */
const ASKED = shellScript(
  'cat >/dev/null',
  `echo '{"hook_event_name":"BeforeModel"}' | sh "\${0%/*}/hook.sh"`,
);
