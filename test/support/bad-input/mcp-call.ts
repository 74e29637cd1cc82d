import { type HttpAnswer, httpCall } from './http-call.ts';

/** What a CLI sends for one call of a tool, and nothing before it. */
export const toolCall = (name: string, input: unknown) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: input },
});

export const postMcp = (url: string, token: string | null, body: unknown): Promise<HttpAnswer> =>
  httpCall(url, {
    method: 'POST',
    path: '/mcp',
    token,
    headers: { accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-06-18' },
    body,
  });

interface Reply {
  readonly error?: { readonly message: string };
  readonly result?: {
    readonly isError?: boolean;
    readonly content: readonly { readonly text: string }[];
  };
}

/** The answer of a tool, whichever way it failed. @throws Error showing an answer that is none. */
export async function callTool(url: string, token: string, name: string, input: unknown) {
  const { status, text } = await postMcp(url, token, toolCall(name, input));
  const data = /^data: (\{.*\})$/m.exec(text)?.[1] ?? text;
  const { error, result } = JSON.parse(data) as Reply;
  if (!error && !result) throw new Error(`${status}: no answer of a tool: ${text}`);
  return {
    failed: error !== undefined || result?.isError === true,
    text: error?.message ?? result!.content.map((part) => part.text).join('\n'),
  };
}
