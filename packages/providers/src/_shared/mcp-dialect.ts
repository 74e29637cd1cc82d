import type { LaunchInput } from '../contract.ts';
import { MCP_TIMEOUT_MS, type McpServer, mcpServers } from './tool-words.ts';

/** A server of a profile, as a CLI writes it. */
export type InItsWords = (server: McpServer) => object;

/** How a CLI is told of MCP servers. */
interface McpDialect {
  /** What stands for our token in a header; left out: the CLI has another way to it. */
  readonly token?: string;
  /** What ours has beside what all have. */
  readonly ours?: object;
  /** Left out: a server is written as in a profile. */
  readonly inItsWords?: InItsWords;
}

/** The MCP servers that the tools name, ours among them, in the words of a CLI. */
export function serversFor(
  input: Pick<LaunchInput, 'tools' | 'profile' | 'loopback'>,
  { token, ours = {}, inItsWords = (server) => server }: McpDialect,
): Readonly<Record<string, object>> {
  const server = {
    type: 'http',
    url: input.loopback.mcpUrl,
    ...(token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }),
    timeout: MCP_TIMEOUT_MS,
  };
  return mcpServers<object>(input, { ...inItsWords(server), ...ours }, inItsWords);
}

/** A server with the names that a CLI has for some of its fields; of these, an empty one is left out. */
export function renamed(server: McpServer, names: Readonly<Record<string, string>>): object {
  const fields = Object.entries(server).map(([name, value]) => {
    const own = Object.hasOwn(names, name) ? names[name] : undefined;
    return own === undefined ? [name, value] : [own, value || undefined];
  });
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}
