import type { LaunchInput } from '../contract.ts';

/** The name of our MCP server, in the configuration of every CLI. */
export const SERVER = 'cao-mcp-server';
/** Above the longest call of the server (240 s). Units: ms. */
export const MCP_TIMEOUT_MS = 290_000;

export type McpServer = NonNullable<LaunchInput['profile']['mcpServers']>[string];

/** What the words of `allowedTools` come to, whatever the CLI. */
export interface ToolWords {
  readonly everything: boolean;
  /** Whether a word like `fs_read` is among them, by itself or by one that holds it. */
  has(word: string): boolean;
  hasServer(name: string): boolean;
  /** MCP servers whose tools run without a question, ours and those of the profile when the tools are `*`. */
  readonly servers: readonly string[];
  /** No other MCP server is asked for than ours and those of the profile: the user's own stay away. */
  readonly closed: boolean;
}

export function toolWords({ tools, profile }: Pick<LaunchInput, 'tools' | 'profile'>): ToolWords {
  const everything = tools.includes('*');
  const named = tools.filter((word) => /^@(?!builtin$)/.test(word)).map((word) => word.slice(1));
  const known = [SERVER, ...Object.keys(profile.mcpServers ?? {})];
  return {
    everything,
    has: (word) => everything || tools.includes(word) || (word.startsWith('fs_') && tools.includes('fs_*')),
    hasServer: (name) => everything || named.includes(name),
    servers: [...new Set(everything ? [...known, ...named] : named)],
    closed: !everything && named.every((name) => known.includes(name)),
  };
}

type ToolTable = Readonly<Record<string, readonly string[]>>;

/** Of a CLI's table from words to its own tools: those that are given, and those that are taken away. */
export const toolsGiven = (table: ToolTable, { has }: ToolWords): readonly string[] =>
  Object.entries(table).flatMap(([word, names]) => (has(word) ? names : []));
export const toolsTaken = (table: ToolTable, { has }: ToolWords): readonly string[] =>
  Object.entries(table).flatMap(([word, names]) => (has(word) ? [] : names));

/**
 * The MCP servers that the tools name: `ours`, and those of the profile as the CLI writes them (`theirs`). Ours takes the
 * place of a namesake.
 */
export function mcpServers<Written>(
  input: Pick<LaunchInput, 'tools' | 'profile'>,
  ours: Written,
  theirs: (server: McpServer) => Written,
): Readonly<Record<string, Written>> {
  const { hasServer } = toolWords(input);
  const own = Object.entries(input.profile.mcpServers ?? {})
    .filter(([name]) => name !== SERVER && hasServer(name))
    .map(([name, server]) => [name, theirs(server)] as const);
  return { ...Object.fromEntries(own), ...(hasServer(SERVER) ? { [SERVER]: ours } : {}) };
}

/** Nothing is asked: by whoever launched it, or by its profile. */
export const asksNothing = ({ yolo, profile }: Pick<LaunchInput, 'yolo' | 'profile'>): boolean =>
  yolo || profile.permissionMode === 'bypassPermissions';
