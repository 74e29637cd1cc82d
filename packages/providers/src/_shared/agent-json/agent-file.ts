import type { LaunchInput } from '../../contract.ts';
import { HOOK_TIMEOUT_S, runs } from '../hook-command.ts';
import { serversFor } from '../mcp-dialect.ts';
import { SERVER } from '../tool-words.ts';
import { hooks } from './signals.ts';

export interface Dialect {
  /** Its tools for each word of `allowedTools`; a word that it has no tool for is missing. */
  readonly tools: Readonly<Record<string, readonly string[]>>;
  /** Files that its default agent reads, as an agent of ours would not. */
  readonly resources: readonly string[];
  /** The field that lets the user's own MCP servers in. */
  readonly ownServers: string;
}

/**
 * The agent file of Amazon Q and of Kiro, which comes from it. `tools` is all that the agent has, `allowedTools` what it is
 * not asked about. `@builtin` would be every tool of the CLI, and is therefore no word of it here.
 */
export function agentFile(input: LaunchInput, dialect: Dialect, name: string, hook: string): string {
  const { profile, tools } = input;
  const everything = tools.includes('*');
  const servers = tools.filter((word) => word.startsWith('@') && word !== '@builtin');
  const words = tools.flatMap((word) => (word === 'fs_*' ? ['fs_read', 'fs_write', 'fs_list'] : [word]));
  const own = [...new Set(words.flatMap((word) => dialect.tools[word] ?? []))];
  const reads = [...(dialect.tools.fs_read ?? []), ...(dialect.tools.fs_list ?? [])];
  const known = new Set([`@${SERVER}`, ...Object.keys(profile.mcpServers ?? {}).map((each) => `@${each}`)]);
  return JSON.stringify(
    {
      name,
      description: profile.description || `The agent of terminal ${input.terminalId}`,
      prompt: profile.systemPrompt.trim(),
      // No variable is known to be read from the environment in a header: the token stands in the file. Without a time-out,
      // 120 s are documented.
      mcpServers: serversFor(input, { token: input.loopback.tokenMark }),
      tools: everything ? ['*'] : [...own, ...servers],
      allowedTools: everything
        ? [`@${SERVER}`, ...reads]
        : [...servers, ...reads.filter((tool) => own.includes(tool))],
      resources: dialect.resources,
      hooks: Object.fromEntries(
        Object.keys(hooks).map((event) => [
          event,
          [{ command: runs(hook), timeout_ms: HOOK_TIMEOUT_S * 1000 }],
        ]),
      ),
      [dialect.ownServers]: everything || servers.some((word) => !known.has(word)),
      ...(profile.model ? { model: profile.model } : {}),
    },
    null,
    2,
  );
}
