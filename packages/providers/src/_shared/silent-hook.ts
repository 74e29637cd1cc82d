import type { LaunchInput } from '../contract.ts';
import { hookCommand, shellScript } from './hook-command.ts';
import { script } from './plan.ts';

/**
 * A hook of a CLI that gives its model what hooks print: says nothing. What the CLI does not tell is put in front of what
 * it does: `fields` is the shell's word for members of a JSON object. `post.sh`, beside it, is `hookCommand`.
 */
const silentHook = (fields: string): string =>
  shellScript('body=$(cat)', `printf '{%s,%s' ${fields} "\${body#?}" | sh "\${0%/*}/post.sh" >/dev/null`);

/** Its two files: `tell.sh` is the hook. */
export const silentHookFiles = (
  folder: string,
  input: Pick<LaunchInput, 'loopback'>,
  fields: string,
): ReturnType<typeof script>[] => [
  script(`${folder}/tell.sh`, silentHook(fields)),
  script(`${folder}/post.sh`, hookCommand(input)),
];
