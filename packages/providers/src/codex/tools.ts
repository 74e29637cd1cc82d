import type { Toml } from '../_shared/toml.ts';
import { asksNothing, toolWords } from '../_shared/tool-words.ts';
import type { LaunchInput } from '../contract.ts';

/** What the words of `allowedTools` come to. */
export interface Limits {
  /** No sandbox and no questions: only for one that may do everything it was asked for anyway. */
  readonly bypass: boolean;
  readonly config: Readonly<Record<string, Toml>>;
  readonly features: Readonly<Record<string, boolean>>;
  readonly onlyAsked: readonly string[];
}

export function limitsOf(input: LaunchInput): Limits {
  const { everything, closed, has } = toolWords(input);
  const [runs, reads, writes] = [has('execute_bash'), has('fs_read') || has('fs_list'), has('fs_write')];
  const mode = input.profile.permissionMode;
  const wantsAll = asksNothing(input);
  // Outside of the sandbox nothing keeps a command from writing.
  const limited = !runs || !writes;
  const asks = limited || wantsAll || mode === 'dontAsk' ? 'never' : 'on-request';
  return {
    bypass: wantsAll && !limited,
    config: {
      ...(everything && !mode ? {} : { approval_policy: asks }),
      ...(everything ? {} : { sandbox_mode: writes && mode !== 'plan' ? 'workspace-write' : 'read-only' }),
      ...(has('web_fetch') ? {} : { web_search: 'disabled' }),
    },
    features: {
      ...(runs || reads ? {} : { shell_tool: false, unified_exec: false }),
      ...(runs ? {} : { multi_agent: false }),
      // Connectors and plugins bring tools of their own.
      ...(closed ? { apps: false, plugins: false, remote_plugin: false } : {}),
    },
    onlyAsked:
      reads && !runs
        ? [
            `execute_bash: Codex reads files by commands; they run in its sandbox, without network, and ${writes ? 'write only in the working directory' : 'write nothing'}`,
          ]
        : [],
  };
}

/** The model and hooks know a server by letters, digits and `_` alone. */
const wireName = (server: string): string => server.replace(/[^A-Za-z0-9_]/g, '_');

/**
 * A hook before each MCP tool, for the user's and the folder's servers: they cannot be taken out of the configuration
 * by one that does not know their names. Denied is what is not plainly allowed, as arguments may hold such a name too.
 */
export const onlyServers = (servers: readonly string[]): string => `#!/bin/sh
deny() {
  echo '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"This agent has no such tool."}}'
  exit 0
}
names=$(grep -o '"tool_name":"[^"]*"') || deny
for name in $names; do
  case $name in
${servers.map((server) => `    '"tool_name":"mcp__${wireName(server)}__'*) ;;`).join('\n')}
    *) deny ;;
  esac
done
echo '{}'
`;
