import { HOOK_TIMEOUT_S, runs, shellScript, shellWord } from '../_shared/hook-command.ts';
import { type InItsWords, renamed, serversFor } from '../_shared/mcp-dialect.ts';
import { frontMatter, homeLinks, jsonFile, option, script } from '../_shared/plan.ts';
import { silentHookFiles } from '../_shared/silent-hook.ts';
import { toToml } from '../_shared/toml.ts';
import { asksNothing, toolWords } from '../_shared/tool-words.ts';
import type { LaunchInput, LaunchPlan } from '../contract.ts';
import { workdirKey } from './home.ts';
import { hooks } from './signals.ts';
import { deniedPattern, deniedTools, onlyReads } from './tools.ts';

const INSTALLED = { installedAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' };

/** What is the user's own: account, models, instructions, skills. Folders, so that a token that is renewed lands there. */
const ownThings = ['config.toml', 'credentials', 'device_id', 'AGENTS.md', 'SYSTEM.md', 'skills'] as const;

/**
 * A home of its own (`KIMI_CODE_HOME`) in which the user's things are links. Ours go in beside `config.toml`, which is the
 * user's and has no room for a second one: hooks as a plugin, the system prompt and the tools as the agent file that
 * overrides the default agent (`--agent-file` is ignored in the TUI of 2.1.0), our server in `mcp.json`.
 *
 * The folder is trusted, as otherwise a dialog stands in the way; its own `.mcp.json` is started then. Calls to those
 * servers are refused unless the tools name them.
 */
export function launch(input: LaunchInput): LaunchPlan {
  const home = `${input.dir}/home`;
  const mode = asksNothing(input) ? 'bypassPermissions' : input.profile.permissionMode;
  // The default is 60 s, and progress does not extend it.
  const ours = { bearerTokenEnvVar: input.loopback.tokenEnv };
  const cao = { id: 'cao', root: `${home}/cao`, source: 'local-path', enabled: true, ...INSTALLED };
  return {
    argv: [
      input.binaryPath,
      ...(input.resume ? ['-S', input.nativeSessionId] : []),
      ...option('--model', input.profile.model),
      ...(mode === 'bypassPermissions' ? ['--auto'] : []),
      // There is no other way to say that our own tools need no question; what is left runs without one anyway.
      ...(mode !== 'bypassPermissions' && (mode === 'auto' || onlyReads(toolWords(input))) ? ['--yolo'] : []),
      ...(mode === 'plan' ? ['--plan'] : []),
    ],
    env: { KIMI_CODE_HOME: home, KIMI_CODE_NO_AUTO_UPDATE: '1' },
    unsetEnv: [],
    files: [
      { path: 'home/tui.toml', content: tui },
      jsonFile('home/mcp.json', { mcpServers: serversFor(input, { ours, inItsWords }) }),
      jsonFile(`home/workspace-trust/${workdirKey(input.cwd)}`, trust(input.cwd)),
      { path: 'home/agents/agent.md', content: agentFile(input) },
      jsonFile('home/plugins/installed.json', { version: 1, plugins: [cao] }),
      jsonFile('home/cao/kimi.plugin.json', plugin(input)),
      // Hooks do not say where the log of their session lies.
      ...silentHookFiles('home/cao', input, shellWord(`"kimi_home":${JSON.stringify(home)}`)),
      // The second line behind `disallowedTools`: also for sub-agents, and where a folder brings an agent file of its own.
      script('home/cao/deny.sh', shellScript("echo 'This terminal does not have that tool.' >&2", 'exit 2')),
    ],
    links: [
      ...homeLinks(input, 'home', { from: '.kimi-code', names: ownThings }, 'sessions'),
      { path: 'home/agents/own', target: `${input.home}/.kimi-code/agents` },
    ],
  };
}

/** Said to be "since ever": only that it is there counts. */
const trust = (cwd: string) => ({ root: cwd.replace(/\/+$/, ''), trustedAt: 0 });

/** No survey and no "cache expired" that would take the next key, no screen of its own that hides what was said. */
const tui =
  toToml({ tui_mode: 'regular', cache_expiry_hint: false, disable_feedback_survey: true }) +
  toToml({ enabled: false }, '[notifications]') +
  toToml({ auto_install: false }, '[upgrade]');

const inItsWords: InItsWords = (server) => renamed(server, { type: 'transport', timeout: 'toolTimeoutMs' });

/** Takes the place of the agent that the TUI starts with. `${base_prompt}` is the prompt it would have had. */
function agentFile(input: LaunchInput): string {
  const denied = deniedTools(toolWords(input)).join(', ');
  // `${cwd}` and its like would be replaced; a character of no width between them keeps the words.
  const prompt = input.profile.systemPrompt.trim().replaceAll('${', '$\u200b{');
  return frontMatter({ ...AGENT, disallowedTools: denied && `[${denied}]` }, `\${base_prompt}\n\n${prompt}`);
}

const AGENT = { name: 'agent', description: 'The agent of this terminal.', override: 'true' };

/** A key that a version does not know disables all hooks of it in 2.1.0: these four are all that is written. */
function plugin(input: LaunchInput) {
  const run = (name: string) => ({ command: runs(`${input.dir}/home/cao/${name}`), timeout: HOOK_TIMEOUT_S });
  const matcher = deniedPattern(toolWords(input));
  const tells = Object.keys(hooks).map((event) => ({ event, ...run('tell.sh') }));
  const denies = matcher === null ? [] : [{ event: 'PreToolUse', matcher, ...run('deny.sh') }];
  const description = 'Tells CAO what this terminal does.';
  return { name: 'cao', version: '1.0.0', description, hooks: [...tells, ...denies] };
}
