import { type ToolWords, toolsTaken } from '../_shared/tool-words.ts';

/** Which built-in tools a word of `allowedTools` stands for. What no word of the profile names is taken away. */
const builtins = {
  execute_bash: ['Bash', 'BashOutput', 'KillShell', 'Task', 'Agent', 'Monitor'],
  fs_read: ['Read'],
  fs_write: ['Edit', 'Write', 'NotebookEdit'],
  fs_list: ['Glob', 'Grep'],
  web_fetch: ['WebFetch', 'WebSearch'],
} as const;

/** A denied tool is gone from the list of the model and refused when it is called all the same, in every permission mode. */
export const deniedTools = (words: ToolWords): readonly string[] => toolsTaken(builtins, words);
