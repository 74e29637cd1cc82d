import { type InItsWords, serversFor } from '../_shared/mcp-dialect.ts';
import { frontMatter, homeLinks, jsonFile, option } from '../_shared/plan.ts';
import { asksNothing, toolWords } from '../_shared/tool-words.ts';
import type { LaunchInput, LaunchPlan } from '../contract.ts';
import { offeredTools } from './tools.ts';

const USERS = ['settings.json', 'agents', 'skills', 'copilot-instructions.md', 'hooks'];
const INSTRUCTIONS = 'instructions/.github/instructions/cao.instructions.md';

/**
 * A home of its own: whether the folder is trusted is read from `config.json` alone, and that is where the login is, too.
 * So the user's is copied with our answer on top; settings, agents and the like are links, which Copilot replaces by
 * files of its own when it writes. `COPILOT_ALLOW_ALL` would answer as well, and allow every tool with it.
 */
export function launch(input: LaunchInput): LaunchPlan {
  const { profile, dir, nativeSessionId } = input;
  const prompt = profile.systemPrompt.trim();
  const own = toolWords(input).closed ? USERS : [...USERS, 'mcp-config.json'];
  // 1.0.102 gives up at 180 s by itself, without a time-out.
  const mcpServers = serversFor(input, { token: input.loopback.tokenMark, inItsWords });
  return {
    argv: [
      input.binaryPath,
      // Of a new conversation, or of the one that goes on.
      ...['--session-id', nativeSessionId],
      ...['--additional-mcp-config', `@${dir}/mcp.json`],
      '--no-auto-update',
      ...option('--model', profile.model),
      ...permissions(input),
    ],
    env: {
      COPILOT_HOME: `${dir}/copilot`,
      ...(prompt ? { COPILOT_CUSTOM_INSTRUCTIONS_DIRS: `${dir}/instructions` } : {}),
    },
    unsetEnv: ['COPILOT_ALLOW_ALL', 'COPILOT_ASSISTED_APPROVAL'],
    files: [
      jsonFile('mcp.json', { mcpServers }),
      ...(prompt ? [{ path: INSTRUCTIONS, content: frontMatter({ applyTo: '"**"' }, prompt) }] : []),
    ],
    links: homeLinks(input, 'copilot', { from: '.copilot', names: own }, 'session-state'),
    copies: [
      {
        path: 'copilot/config.json',
        source: `${input.home}/.copilot/config.json`,
        add: { trustedFolders: [input.cwd] },
      },
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

const inItsWords: InItsWords = (server) => ({ ...server, tools: ['*'] });
