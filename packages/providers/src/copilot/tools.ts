import type { LaunchInput } from '../contract.ts';

export const SERVER = 'cao-mcp-server';

/** Which built-in tools a word of `allowedTools` stands for. */
const builtins = {
  execute_bash: [
    ...['bash', 'read_bash', 'stop_bash', 'list_bash'],
    ...['task', 'read_agent', 'list_agents', 'write_agent'],
  ],
  fs_read: ['view'],
  fs_write: ['create', 'edit', 'apply_patch'],
  fs_list: ['glob', 'grep'],
  web_fetch: ['web_fetch'],
} as const;
/** What touches nothing but the conversation. Not `ask_user`: its answer would be waited for in the terminal. */
const harmless = ['skill', 'sql', 'update_todo'];

export interface ToolFlags {
  /** All that the model is offered, MCP servers by their name; null: no limit. A call of anything else is refused. */
  readonly available: readonly string[] | null;
  /** MCP servers that the tools name: theirs run without a question. */
  readonly servers: readonly string[];
  /** The user's own MCP servers stay away, and GitHub's. */
  readonly closed: boolean;
}

export function toolFlags({ tools, profile }: Pick<LaunchInput, 'tools' | 'profile'>): ToolFlags {
  const everything = tools.includes('*');
  const has = (word: string) =>
    everything || tools.includes(word) || (word.startsWith('fs_') && tools.includes('fs_*'));
  const own = Object.keys(profile.mcpServers ?? {});
  const named = tools.filter((word) => /^@(?!builtin$)/.test(word)).map((word) => word.slice(1));
  const servers = [...new Set(everything ? [SERVER, ...own] : named)];
  const names = Object.entries(builtins).flatMap(([word, each]) => (has(word) ? each : []));
  return {
    available: everything ? null : [...names, ...harmless, ...servers],
    servers,
    closed: !everything && servers.every((name) => name === SERVER || own.includes(name)),
  };
}
