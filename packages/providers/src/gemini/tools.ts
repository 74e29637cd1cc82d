import { type Toml, toToml } from '../_shared/toml.ts';
import { SERVER, toolsTaken, toolWords } from '../_shared/tool-words.ts';
import type { LaunchInput } from '../contract.ts';

/** Which built-in tools a word of `allowedTools` stands for. What no word of the profile names is taken away. */
const builtins = {
  // A sub-agent has a shell of its own.
  execute_bash: ['run_shell_command', 'list_background_processes', 'read_background_output', 'invoke_agent'],
  fs_read: ['read_file', 'read_many_files'],
  fs_write: ['write_file', 'replace'],
  fs_list: ['list_directory', 'glob', 'grep_search'],
  web_fetch: ['web_fetch', 'google_web_search'],
} as const;

/**
 * Rules for Gemini's policy engine. A tool that is denied for all arguments is not even told to the model, and its call is
 * answered with "not found". A file with one rule that the engine does not understand is ignored as a whole: nothing of the
 * profile is written into it but names of this table.
 */
export function policy(input: LaunchInput): string {
  const words = toolWords(input);
  const denied = toolsTaken(builtins, words);
  const rules: Readonly<Record<string, Toml>>[] = [
    ...(denied.length > 0 ? [{ toolName: denied, decision: 'deny', priority: 999 }] : []),
    ...(words.hasServer(SERVER) ? [OURS] : []),
  ];
  return rules.map((rule) => toToml(rule, '[[rule]]')).join('\n');
}

const OURS = { mcpName: SERVER, toolName: '*', decision: 'allow', priority: 950 };
