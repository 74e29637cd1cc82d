import { type ToolWords, toolsGiven } from '../_shared/tool-words.ts';

/** Which built-in tools a word of `allowedTools` stands for. */
const builtins = {
  execute_bash: [
    ...['bash', 'read_bash', 'stop_bash', 'list_bash'],
    ...['task', 'read_agent', 'list_agents', 'write_agent'],
  ],
  fs_read: ['view'],
  fs_write: ['create', 'edit', 'apply_patch'],
  fs_list: ['glob', 'grep'],
  web_fetch: ['web_fetch'],
} as const;
/** What touches nothing but the conversation. Not `ask_user`: its answer would be waited for in the terminal. */
const harmless = ['skill', 'sql', 'update_todo'];

/** All that the model is offered, MCP servers by their name; null: no limit. A call of anything else is refused. */
export const offeredTools = (words: ToolWords): readonly string[] | null =>
  words.everything ? null : [...toolsGiven(builtins, words), ...harmless, ...words.servers];
