import { asksNothing, toolsGiven, toolWords } from '../_shared/tool-words.ts';
import type { LaunchInput } from '../contract.ts';

type Decision = 'allow' | 'ask' | 'deny';
/** Later rules win, and what no rule names is allowed. */
type Rules = Readonly<Record<string, Decision | Readonly<Record<string, Decision>>>>;

/** Which permissions a word of `allowedTools` stands for. `edit` is every tool that writes a file. */
const words = {
  fs_read: ['read', 'lsp'],
  fs_list: ['glob', 'grep', 'list'],
  fs_write: ['edit'],
  // A sub-agent has a shell of its own.
  execute_bash: ['bash', 'task'],
  web_fetch: ['webfetch', 'websearch', 'codesearch'],
} as const;
/** They change nothing outside the conversation. */
const HARMLESS = ['todowrite', 'todoread', 'skill', 'question'];
/** They reach further than the work that was asked for. */
const RISKY = { external_directory: 'ask', doom_loop: 'ask' } as const;
/** What is asked before it is done, unless a profile or a person says otherwise. */
const ASKED = { ...RISKY, bash: 'ask', edit: 'ask', webfetch: 'ask' } as const;
/** What a mode of the profile decides, whoever launched it. */
const MODES: Readonly<Record<string, Rules>> = { plan: { edit: 'deny' }, acceptEdits: { edit: 'allow' } };
/** As the CLI has it without any rule: secrets of a project are asked for. */
const READ = { '*': 'allow', '*.env': 'ask', '*.env.*': 'ask', '*.env.example': 'allow' } as const;

/** The tool's name begins with that of its server, with every odd letter as `_`. */
const toolsOf = (server: string): string => `${server.replace(/[^a-zA-Z0-9_-]/g, '_')}_*`;

/** A denied tool is gone from the list of the model; a call of it all the same is refused. */
export function permission(input: LaunchInput): Rules {
  const given = toolWords(input);
  const mode = MODES[input.profile.permissionMode ?? ''];
  const decisions: Rules = { read: READ, ...(asksNothing(input) ? {} : ASKED), ...mode };
  const decided = (names: readonly string[]): Rules =>
    Object.fromEntries(names.map((name) => [name, decisions[name] ?? 'allow']));
  if (given.everything) return decided(Object.keys(ASKED));
  const named = [...given.servers.map(toolsOf), ...toolsGiven(words, given)];
  return { '*': 'deny', ...decided([...Object.keys(RISKY), ...HARMLESS, ...named]) };
}
