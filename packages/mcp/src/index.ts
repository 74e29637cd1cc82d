/** The MCP tools that agents call, and the stateless server that carries them. They know the typed client only. */
export { type OpenTasks, openTasks, type ToolCall } from './call.ts';
export { defineTool, type Tool } from './define-tool.ts';
export { type CallAuth, MAX_CALL_MS, MCP_SERVER_NAME, mcpHandler } from './server.ts';
export { sessionTools } from './session/index.ts';
