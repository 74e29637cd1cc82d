import { type ToolWords, toolsTaken } from '../_shared/tool-words.ts';

/** Which built-in tools a word of `allowedTools` stands for. What no word of the profile names is taken away. */
const builtins = {
  // Sub-agents bring a shell of their own, and a schedule is a prompt that nobody sees.
  execute_bash: ['Bash', 'TaskStop', 'CronCreate', 'CronDelete', 'Agent', 'AgentSwarm'],
  fs_read: ['Read', 'ReadMediaFile'],
  fs_write: ['Edit', 'Write'],
  fs_list: ['Glob', 'Grep'],
  web_fetch: ['FetchURL', 'WebSearch'],
} as const;

export const deniedTools = (words: ToolWords): readonly string[] => toolsTaken(builtins, words);

/** Matches the tools that may not run: the denied ones, and those of servers that no word names; null: all may. */
export function deniedPattern(words: ToolWords): string | null {
  if (words.everything) return null;
  const servers = words.servers.map((name) => name.replaceAll('.', '\\.'));
  return `^(?:${[...deniedTools(words), `mcp__(?!(?:${servers.join('|')})__).*`].join('|')})$`;
}

/** Nothing is left that Kimi Code would ask about, but for our own tools. */
export const onlyReads = ({ has }: ToolWords): boolean => !has('execute_bash') && !has('fs_write');
