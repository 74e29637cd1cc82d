import { setTimeout as pause } from 'node:timers/promises';
import type { Options } from './options.ts';

export interface Tools {
  /**
   * One tool call as a model would make it: an error at once is tried again with the same arguments, and an answer
   * `running` is followed by `wait_task` until there is an outcome. The text of the result; errors are texts too.
   */
  call(tool: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

const MAX_RETRIES = 8;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5000;
/** Above the longest call of the server (240 s), below what would look like a hang. */
const CALL_TIMEOUT_MS = 300_000;

export function makeTools(options: Options): Tools {
  let client: Promise<McpClient> | null = null;
  const close = async () => {
    const open = client;
    client = null;
    await open?.then((connected) => connected.close()).catch(() => {});
  };

  const once = async (tool: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal) => {
    client ??= connect(options);
    const { _meta, ...args } = input;
    const result = await (await client).callTool(
      { name: tool, arguments: args, ...(_meta ? { _meta: _meta as Record<string, unknown> } : {}) },
      { signal, timeout: CALL_TIMEOUT_MS },
    );
    const parts = (result.content ?? []) as readonly { type: string; text?: string }[];
    return parts.map((part) => part.text ?? '').join('\n');
  };

  const persistent = async (tool: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal) => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await once(tool, input, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        // The server's own "no" (an unknown tool, bad arguments) is an answer; trying again is for a broken line.
        if (isAnswer(error) || attempt === MAX_RETRIES) return `Error: ${messageOf(error)}`;
        await close();
        await pause(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt), undefined, { signal });
      }
    }
  };

  return {
    async call(tool, input, signal) {
      if (options.mcpUrl === null) return 'Error: no MCP server is configured (CAO_MCP_URL is empty)';
      let text = await persistent(tool, input, signal);
      for (let task = runningTask(text); task !== null; task = runningTask(text)) {
        text = await persistent('wait_task', { task_id: task }, signal);
      }
      return text;
    },
    close,
  };
}

type McpClient = Awaited<ReturnType<typeof connect>>;

/** Imported at the first call: an agent that calls no tool starts without it. */
async function connect(options: Options) {
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const client = new Client({ name: 'cao-scripted-agent', version: '1.0.0' });
  const headers: Record<string, string> = options.token ? { authorization: `Bearer ${options.token}` } : {};
  await client.connect(
    new StreamableHTTPClientTransport(new URL(options.mcpUrl as string), {
      requestInit: { headers },
    }) as Parameters<typeof client.connect>[0],
  );
  return client;
}

function runningTask(text: string): string | null {
  try {
    const parsed = JSON.parse(text) as { status?: unknown; task_id?: unknown } | null;
    return parsed?.status === 'running' && typeof parsed.task_id === 'string' ? parsed.task_id : null;
  } catch {
    return null;
  }
}

const isAnswer = (error: unknown): boolean => error instanceof Error && error.name === 'ProtocolError';

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
