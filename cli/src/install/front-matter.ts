const BLOCK = /^---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/;

/**
 * The `name` of a profile, as far as it is needed to address it. The api parses the front matter for real; this reads
 * one plain scalar.
 */
export function nameOf(content: string): string | undefined {
  const line = /^name:[ \t]*(.+?)[ \t]*$/m.exec(BLOCK.exec(content)?.[1] ?? '');
  return line?.[1]?.replace(/^(['"])(.*)\1$/, '$2');
}

/** The same profile for another CLI. */
export function withProvider(content: string, provider: string): string {
  const block = BLOCK.exec(content);
  if (!block) return `---\nprovider: ${provider}\n---\n${content}`;
  const lines = block[1]!.split(/\r?\n/).filter((line) => !line.startsWith('provider:'));
  return `---\n${[...lines, `provider: ${provider}`].join('\n')}\n---\n${content.slice(block[0].length)}`;
}
