import { CaoError, errorTable } from '@cao/contracts';
import { type NodeMcpRequestHandler, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import type { ToolCall } from './call.ts';
import type { Tool } from './define-tool.ts';

export const MCP_SERVER_NAME = 'cao-mcp-server';

/** A call is answered by then, with `running` if need be. Claude Code gives up a silent call at 300 s. Units: ms. */
export const MAX_CALL_MS = 240_000;
/**
 * Above MAX_CALL_MS, so that no byte goes out before the answer: a server that dies in the middle is then a failed
 * request, seen at once, where a cut stream makes four of six CLIs wait for their own time-out. Units: ms.
 */
const KEEP_ALIVE_MS = 280_000;

/** The call that a request belongs to travels in its auth info: the only thing the SDK hands through to a tool. */
export interface CallAuth {
  readonly token: string;
  readonly clientId: string;
  readonly scopes: string[];
  readonly extra: { readonly call: Omit<ToolCall, 'toolUseId'> };
}

/** Stateless streamable HTTP for Node's request and response; `request.auth` must be a `CallAuth`. */
export function mcpHandler(tools: readonly Tool[], onError: (error: Error) => void) {
  const handler = createMcpHandler(
    (context) => {
      const server = new McpServer({ name: MCP_SERVER_NAME, version: '1.0.0' });
      const { call } = (context.authInfo as CallAuth | undefined)?.extra ?? {};
      for (const tool of tools)
        server.registerTool(
          tool.name,
          { title: tool.title, description: tool.description, inputSchema: tool.input },
          async (input, request) => {
            if (!call) throw new Error('a tool was called without a terminal');
            const meta = request.mcpReq?._meta as Record<string, unknown> | undefined;
            return toResult(
              await run(tool, input as Record<string, unknown>, { ...call, toolUseId: toolUseIdOf(meta) }),
            );
          },
        );
      return server;
    },
    { responseMode: 'sse', keepAliveMs: KEEP_ALIVE_MS, onerror: onError },
  );
  const serve = toNodeHandler(handler, { onerror: onError });
  return async (...[request, response, body]: Parameters<NodeMcpRequestHandler>): Promise<void> =>
    isDiscovery(body) ? refuseDiscovery(body, response) : serve(request, response, body);
}

/**
 * Refused, so that clients of the newest protocol go on with `initialize`: in its own mode Copilot 1.0.102 lists the tools
 * again when a call was cut, and has none for the rest of its life if the server is not back by then.
 */
const isDiscovery = (body: unknown): body is { readonly id?: unknown } =>
  typeof body === 'object' && body !== null && (body as { method?: unknown }).method === 'server/discover';

const METHOD_NOT_FOUND = -32601;

function refuseDiscovery(
  body: { readonly id?: unknown },
  response: Parameters<NodeMcpRequestHandler>[1],
): void {
  const error = { code: METHOD_NOT_FOUND, message: 'server/discover: not offered, use initialize' };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id ?? null, error }));
}

/** Where each CLI puts its own id of a call. */
function toolUseIdOf(meta: Record<string, unknown> | undefined): string | undefined {
  const id = meta?.['claudecode/toolUseId'];
  return typeof id === 'string' && id.length > 0 && id.length <= 200 ? id : undefined;
}

async function run(
  tool: Tool,
  input: Record<string, unknown>,
  call: ToolCall,
): Promise<Record<string, unknown>> {
  try {
    return await tool.handle(input, call);
  } catch (error) {
    if (!(error instanceof CaoError)) throw error;
    return { success: false, error: `${error.message}. ${errorTable[error.code].next}` };
  }
}

const toResult = (answer: Record<string, unknown>) => ({
  content: [{ type: 'text' as const, text: JSON.stringify(answer) }],
  ...(answer.success === false ? { isError: true } : {}),
});
