import { asksNothing, toolsGiven, toolWords } from '../_shared/tool-words.ts';
import type { LaunchInput } from '../contract.ts';

type Decision = 'allow' | 'ask' | 'deny';
/** Later rules win, and what no rule names is allowed. */
export type Permission = Readonly<Record<string, Decision | Readonly<Record<string, Decision>>>>;

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
/** What is asked before it is done, unless a profile or a person says otherwise. */
const ASKED = ['bash', 'edit', 'webfetch'];
/** As the CLI has it without any rule: secrets of a project are asked for. */
const READ = { '*': 'allow', '*.env': 'ask', '*.env.*': 'ask', '*.env.example': 'allow' } as const;

/** The tool's name begins with that of its server, with every odd letter as `_`. */
const toolsOf = (server: string): string => `${server.replace(/[^a-zA-Z0-9_-]/g, '_')}_*`;

/** A denied tool is gone from the list of the model; a call of it all the same is refused. */
export function permission(input: LaunchInput): Permission {
  const given = toolWords(input);
  const free = asksNothing(input);
  const mode = input.profile.permissionMode;
  const decide = (name: string): Decision => {
    if (mode === 'plan' && name === 'edit') return 'deny';
    if (free || !ASKED.includes(name)) return 'allow';
    return mode === 'acceptEdits' && name === 'edit' ? 'allow' : 'ask';
  };
  const all = <T>(names: readonly string[], decision: (name: string) => T) =>
    Object.fromEntries(names.map((name) => [name, decision(name)]));
  const risky = all(['external_directory', 'doom_loop'], () => (free ? 'allow' : 'ask'));
  if (given.everything) return { ...risky, ...all(ASKED, decide) };
  return {
    '*': 'deny',
    ...risky,
    ...all([...HARMLESS, ...given.servers.map(toolsOf)], () => 'allow'),
    ...all(toolsGiven(words, given), (name) => (name === 'read' ? READ : decide(name))),
  };
}
