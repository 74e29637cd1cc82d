import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

/** A small MCP server whose tools answer what they are told to, in order; the last answer stays. */
export interface FakeMcpServer {
  readonly url: string;
  readonly calls: readonly {
    readonly tool: string;
    readonly input: Readonly<Record<string, unknown>>;
    readonly bearer: string | undefined;
  }[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** `break` cuts the connection instead of answering. */
type Answer = 'break' | Readonly<Record<string, unknown>>;

export async function startMcpServer(
  tools: Readonly<Record<string, readonly Answer[]>>,
): Promise<FakeMcpServer> {
  const calls: { tool: string; input: Record<string, unknown>; bearer: string | undefined }[] = [];
  const given = new Map<string, number>();
  const handler = toNodeHandler(
    createMcpHandler(() => {
      const server = new McpServer({ name: 'cao-mcp-server', version: '1.0.0' });
      for (const [tool, answers] of Object.entries(tools)) {
        server.registerTool(tool, { description: tool, inputSchema: z.looseObject({}) }, () => {
          const nth = given.get(tool) ?? 0;
          given.set(tool, nth + 1);
          const answer = answers[Math.min(nth, answers.length - 1)] ?? {};
          return { content: [{ type: 'text' as const, text: JSON.stringify(answer) }] };
        });
      }
      return server;
    }),
  );
  const http = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      const call = body as
        | { method?: string; params?: { name: string; arguments: Record<string, unknown> } }
        | undefined;
      if (call?.method === 'tools/call' && call.params) {
        const { name, arguments: input } = call.params;
        calls.push({ tool: name, input, bearer: request.headers.authorization });
        if (tools[name]?.[given.get(name) ?? 0] === 'break') {
          given.set(name, (given.get(name) ?? 0) + 1);
          request.socket.destroy();
          return;
        }
      }
      void handler(request as Parameters<typeof handler>[0], response, body);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    calls,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
