/** Which built-in tools a word of `allowedTools` stands for. What no word of the profile names is taken away. */
const builtins = {
  execute_bash: ['Bash', 'BashOutput', 'KillShell', 'Task', 'Agent', 'Monitor'],
  fs_read: ['Read'],
  fs_write: ['Edit', 'Write', 'NotebookEdit'],
  fs_list: ['Glob', 'Grep'],
  web_fetch: ['WebFetch', 'WebSearch'],
} as const;

export interface ToolFlags {
  readonly disallowed: readonly string[];
  /** MCP servers whose tools run without a prompt. */
  readonly allowed: readonly string[];
}

/** A denied tool is gone from the list of the model and refused when it is called all the same, in every permission mode. */
export function toolFlags(tools: readonly string[]): ToolFlags {
  const everything = tools.includes('*');
  const has = (word: string) =>
    everything || tools.includes(word) || (word.startsWith('fs_') && tools.includes('fs_*'));
  const disallowed = Object.entries(builtins).flatMap(([word, names]) => (has(word) ? [] : names));
  const servers = tools
    .filter((word) => word.startsWith('@') && word !== '@builtin')
    .map((word) => word.slice(1));
  const allowed = [...(everything ? ['cao-mcp-server'] : []), ...servers].map((name) => `mcp__${name}`);
  return { disallowed, allowed: [...new Set(allowed)] };
}

export const hasServer = (tools: readonly string[], name: string): boolean =>
  tools.includes('*') || tools.includes(`@${name}`);
