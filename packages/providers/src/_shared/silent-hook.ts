/**
 * A hook of a CLI that gives its model what hooks print: says nothing. What the CLI does not tell is put in front of what
 * it does: `fields` is the shell's word for members of a JSON object. `post.sh`, beside it, is `hookCommand`.
 */
export const silentHook = (fields: string): string => `#!/bin/sh
body=$(cat)
printf '{%s,%s' ${fields} "\${body#?}" | sh "\${0%/*}/post.sh" >/dev/null
`;
