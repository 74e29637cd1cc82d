import { asksNothing, toolWords } from '../_shared/tool-words.ts';
import type { LaunchInput } from '../contract.ts';

/** What the words of `allowedTools` come to: in its configuration above that of the user, and what it can only be asked. */
export function limitsOf(input: LaunchInput) {
  const { everything, closed, has } = toolWords(input);
  const [runs, reads, writes] = [has('execute_bash'), has('fs_read') || has('fs_list'), has('fs_write')];
  const mode = input.profile.permissionMode;
  const wantsAll = asksNothing(input);
  // Outside of the sandbox nothing keeps a command from writing.
  const limited = !runs || !writes;
  const asks = limited || wantsAll || mode === 'dontAsk' ? 'never' : 'on-request';
  const sandbox = writes && mode !== 'plan' ? 'workspace-write' : 'read-only';
  // No sandbox only for one that may do everything it was asked for anyway.
  const bypass = wantsAll && !limited;
  return {
    config: {
      ...(everything && !mode && !bypass ? {} : { approval_policy: asks }),
      ...(bypass ? { sandbox_mode: 'danger-full-access' } : everything ? {} : { sandbox_mode: sandbox }),
      ...(has('web_fetch') ? {} : { web_search: 'disabled' }),
    },
    features: {
      ...(runs || reads ? {} : { shell_tool: false, unified_exec: false }),
      ...(runs ? {} : { multi_agent: false }),
      // Connectors and plugins bring tools of their own.
      ...(closed ? { apps: false, plugins: false, remote_plugin: false } : {}),
    },
    onlyAsked: reads && !runs ? [byCommands(writes)] : [],
  };
}

const byCommands = (writes: boolean): string =>
  `execute_bash: Codex reads files by commands; they run in its sandbox, without network, and ${writes ? 'write only in the working directory' : 'write nothing'}`;
