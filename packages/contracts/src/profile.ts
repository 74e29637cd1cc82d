import { z } from 'zod';
import { profileName } from './ids.ts';
import { gitRef, onClose, repoUrl } from './workspace.ts';

export const providerId = z.enum([
  'claude_code',
  'codex',
  'gemini',
  'copilot',
  'opencode',
  'kimi',
  'kiro',
  'q',
  'scripted',
]);
export type ProviderId = z.infer<typeof providerId>;

/** Names that profile and flow files of the single-machine tool have for the same CLIs. */
export const providerAliases: Readonly<Record<string, ProviderId>> = {
  gemini_cli: 'gemini',
  copilot_cli: 'copilot',
  opencode_cli: 'opencode',
  kimi_cli: 'kimi',
  kiro_cli: 'kiro',
  q_cli: 'q',
};

/** The words of `allowedTools`, as profile files of the single-machine tool have them; `@name` is an MCP server. */
export const toolWord = z
  .string()
  .regex(/^(execute_bash|fs_read|fs_write|fs_list|fs_\*|web_fetch|discovery|\*|@[A-Za-z0-9_.-]+)$/);

const text = (max: number) => z.string().max(max);

/**
 * Front matter of a profile. Known fields are checked; fields of the single-machine tool that only mattered there
 * (`tools`, `hooks`, `container`, …) are carried along untouched, so that its files load unmodified.
 */
export const profileFrontMatter = z.looseObject({
  name: profileName,
  description: text(1024).default(''),
  /** A list is a chain: the next one runs when the one before cannot, or is out of quota. */
  provider: z.union([text(64), z.array(text(64)).min(1).max(8)]).optional(),
  role: text(64).optional(),
  allowedTools: z.array(text(128)).max(256).optional(),
  model: text(128).optional(),
  permissionMode: z
    .enum(['default', 'acceptEdits', 'plan', 'auto', 'bypassPermissions', 'dontAsk'])
    .optional(),
  skills: z.array(text(128)).optional(),
  tags: z.array(text(128)).max(32).optional(),
  capabilities: z.array(text(128)).max(32).optional(),
  labels: z.array(text(64)).max(32).optional(),
  /** Its agents work in worktrees of this repository, unless the launch says otherwise. */
  repo: repoUrl.optional(),
  ref: gitRef.optional(),
  onClose: onClose.optional(),
  mcpServers: z
    .record(
      z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/),
      z.looseObject({
        type: z.string().optional(),
        command: z.string().optional(),
        args: z.array(z.string()).optional(),
        env: z.record(z.string(), z.string()).optional(),
        url: z.string().optional(),
        timeout: z.number().optional(),
      }),
    )
    .optional(),
});
export type ProfileFrontMatter = z.infer<typeof profileFrontMatter>;

/** Who an agent is: front matter plus the body, which is its system prompt. */
export interface Profile extends ProfileFrontMatter {
  readonly systemPrompt: string;
}

/** Roles → tools, as agents know them. */
export const roleTools = {
  supervisor: ['@cao-mcp-server', 'fs_read', 'fs_list'],
  reviewer: ['@builtin', 'fs_read', 'fs_list', '@cao-mcp-server'],
  developer: ['@builtin', 'fs_*', 'execute_bash', 'web_fetch', '@cao-mcp-server'],
} as const satisfies Record<string, readonly string[]>;

/** `allowedTools` beats the role; neither means developer. */
export function toolsOf(profile: Pick<Profile, 'allowedTools' | 'role' | 'mcpServers'>): readonly string[] {
  const own =
    profile.allowedTools ?? roleTools[profile.role as keyof typeof roleTools] ?? roleTools.developer;
  const servers = Object.keys(profile.mcpServers ?? {}).map((name) => `@${name}`);
  return [...new Set([...own, ...servers])];
}

/** A child never gets more than its parent: what both have, read word by word. `*` and `fs_*` cover what they name. */
export function narrowTools(parent: readonly string[], child: readonly string[]): readonly string[] {
  const covers = (set: readonly string[], word: string) =>
    set.includes('*') || set.includes(word) || (word.startsWith('fs_') && set.includes('fs_*'));
  const expanded = child.flatMap((word) =>
    word === '*' ? [...parent] : word === 'fs_*' ? ['fs_read', 'fs_write', 'fs_list'] : [word],
  );
  return [...new Set(expanded)].filter((word) => covers(parent, word));
}
