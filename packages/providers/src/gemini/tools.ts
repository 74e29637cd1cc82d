import type { LaunchInput } from '../contract.ts';

export const SERVER = 'cao-mcp-server';

/** Which built-in tools a word of `allowedTools` stands for. What no word of the profile names is taken away. */
const builtins = {
  execute_bash: [
    'run_shell_command',
    'list_background_processes',
    'read_background_output',
    // A sub-agent has a shell of its own.
    'invoke_agent',
  ],
  fs_read: ['read_file', 'read_many_files'],
  fs_write: ['write_file', 'replace'],
  fs_list: ['list_directory', 'glob', 'grep_search'],
  web_fetch: ['web_fetch', 'google_web_search'],
} as const;

export const hasServer = (tools: readonly string[], name: string): boolean =>
  tools.includes('*') || tools.includes(`@${name}`);

/** MCP servers that may be used, by name; null: all that the user has. */
export const serversOf = (tools: readonly string[]): readonly string[] | null =>
  tools.includes('*')
    ? null
    : tools.filter((word) => word.startsWith('@') && word !== '@builtin').map((word) => word.slice(1));

/**
 * Rules for Gemini's policy engine. A tool that is denied for all arguments is not even told to the model, and its call is
 * answered with "not found". A file with one rule that the engine does not understand is ignored as a whole: nothing of the
 * profile is written into it but names of this table.
 */
export function policy({ tools }: Pick<LaunchInput, 'tools'>): string {
  const has = (word: string) =>
    tools.includes('*') || tools.includes(word) || (word.startsWith('fs_') && tools.includes('fs_*'));
  const denied = Object.entries(builtins).flatMap(([word, names]) => (has(word) ? [] : names));
  return [
    ...(denied.length > 0 ? [rule({ toolName: denied, decision: 'deny', priority: 999 })] : []),
    ...(hasServer(tools, SERVER)
      ? [rule({ mcpName: SERVER, toolName: '*', decision: 'allow', priority: 950 })]
      : []),
  ].join('\n');
}

/** Words, numbers and lists of words are the same in TOML and in JSON. */
const rule = (fields: Readonly<Record<string, string | number | readonly string[]>>): string =>
  `[[rule]]\n${Object.entries(fields)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)
    .join('')}`;
