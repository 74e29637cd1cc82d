/** Which built-in tools a word of `allowedTools` stands for. What no word of the profile names is taken away. */
const builtins = {
  // Sub-agents bring a shell of their own, and a schedule is a prompt that nobody sees.
  execute_bash: ['Bash', 'TaskStop', 'CronCreate', 'CronDelete', 'Agent', 'AgentSwarm'],
  fs_read: ['Read', 'ReadMediaFile'],
  fs_write: ['Edit', 'Write'],
  fs_list: ['Glob', 'Grep'],
  web_fetch: ['FetchURL', 'WebSearch'],
} as const;

const everything = (tools: readonly string[]): boolean => tools.includes('*');

export const hasServer = (tools: readonly string[], name: string): boolean =>
  everything(tools) || tools.includes(`@${name}`);

export function deniedTools(tools: readonly string[]): readonly string[] {
  const has = (word: string) =>
    everything(tools) || tools.includes(word) || (word.startsWith('fs_') && tools.includes('fs_*'));
  return Object.entries(builtins).flatMap(([word, names]) => (has(word) ? [] : names));
}

/** Matches the tools that may not run: the denied ones, and those of servers that no word names; null: all may. */
export function deniedPattern(tools: readonly string[]): string | null {
  if (everything(tools)) return null;
  const servers = tools.filter((word) => word.startsWith('@')).map((word) => word.slice(1));
  const foreign = `mcp__(?!(?:${servers.map(asPattern).join('|')})__).*`;
  return `^(?:${[...deniedTools(tools), foreign].join('|')})$`;
}

const asPattern = (name: string): string => name.replaceAll('.', '\\.');

/** Nothing is left that Kimi Code would ask about, but for our own tools. */
export const onlyReads = (tools: readonly string[]): boolean => {
  const denied = deniedTools(tools);
  return denied.includes('Bash') && denied.includes('Write');
};
