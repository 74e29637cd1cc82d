import type { LaunchInput } from '../contract.ts';

export const SERVER = 'cao-mcp-server';

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

export const hasServer = (tools: readonly string[], name: string): boolean =>
  tools.includes('*') || tools.includes(`@${name}`);

/** The tool's name begins with that of its server, with every odd letter as `_`. */
const toolsOf = (server: string): string => `${server.replace(/[^a-zA-Z0-9_-]/g, '_')}_*`;

/** A denied tool is gone from the list of the model; a call of it all the same is refused. */
export function permission({
  tools,
  yolo,
  profile,
}: Pick<LaunchInput, 'tools' | 'yolo' | 'profile'>): Permission {
  const free = yolo || profile.permissionMode === 'bypassPermissions';
  const mode = (name: string): Decision => {
    if (profile.permissionMode === 'plan' && name === 'edit') return 'deny';
    if (free || !ASKED.includes(name)) return 'allow';
    return profile.permissionMode === 'acceptEdits' && name === 'edit' ? 'allow' : 'ask';
  };
  const risky = { external_directory: free ? 'allow' : 'ask', doom_loop: free ? 'allow' : 'ask' } as const;
  if (tools.includes('*'))
    return { ...risky, ...Object.fromEntries(ASKED.map((name) => [name, mode(name)])) };
  const has = (word: string) => tools.includes(word) || (word.startsWith('fs_') && tools.includes('fs_*'));
  const named = Object.entries(words).flatMap(([word, names]) => (has(word) ? names : []));
  const servers = tools.filter((word) => word.startsWith('@') && word !== '@builtin');
  return {
    '*': 'deny',
    ...risky,
    ...Object.fromEntries(HARMLESS.map((name) => [name, 'allow' as const])),
    ...Object.fromEntries(named.map((name) => [name, name === 'read' ? READ : mode(name)])),
    ...Object.fromEntries(servers.map((word) => [toolsOf(word.slice(1)), 'allow' as const])),
  };
}
