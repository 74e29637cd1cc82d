import { z } from 'zod';
import { sessionName, terminalId } from './ids.ts';
import { line } from './text.ts';

/** What happens to a terminal's worktree when the terminal ends. */
export const onClose = z
  .enum(['keep', 'push', 'discard'])
  .describe(
    'keep leaves it; push commits what is not committed, pushes its branch and removes it; discard removes it unless work would be lost',
  );
export type OnClose = z.infer<typeof onClose>;

/** Units: characters. */
const MAX_REPO = 1024;
const MAX_REF = 255;

const WITH_HELPER =
  'put no credentials into the URL: set up a credential helper, or a key, for the user of the host';
const HOST = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])`;
const USER = '[A-Za-z0-9_][A-Za-z0-9_.-]*';
const HTTPS = new RegExp(`^https://(${HOST})(?::(\\d{1,5}))?/([^?#]+)$`);
const SSH = new RegExp(`^ssh://(?:(${USER})@)?(${HOST})(?::(\\d{1,5}))?/([^?#]+)$`);
/** `user@host:path`, as git and ssh have it. */
const SCP = new RegExp(`^(${USER})@(${HOST}):([^:-][^:]*)$`);
const LOCAL = /^(file:\/\/)?(\/.*)$/;

/**
 * Why a text is no repository that a host fetches; null when it is one. https, ssh, `user@host:path`, or a path on the host
 * itself. Refused is whatever git would take for a program or an option, and every URL that carries a secret; the text itself
 * is in no answer, because it may be one.
 */
export function notRepo(url: string): string | null {
  if (!line(MAX_REPO).safeParse(url).success || /\s/.test(url))
    return `is one line without blanks, of at most ${MAX_REPO} characters`;
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/]*@/i.test(url) && !/^ssh:\/\/[^:/@]*@/i.test(url)) return WITH_HELPER;
  if (HTTPS.test(url) || SSH.test(url) || SCP.test(url)) return null;
  if (LOCAL.test(url)) return null;
  return 'is https://host/path, ssh://user@host/path, user@host:path, or an absolute path on the host';
}

export const repoUrl = z.string().superRefine((url, context) => {
  const problem = notRepo(url);
  if (problem) context.addIssue({ code: 'custom', message: problem });
});

/** A path on a host: it means nothing on another one. */
export const isLocalRepo = (url: string): boolean => LOCAL.test(url);

/** Two spellings of one repository are one mirror: host in lower case, no default port, no `.git` or slash at the end. */
export function normaliseRepo(url: string): string {
  const short = (path: string) =>
    path
      .replace(/\/{2,}/g, '/')
      .replace(/^\/|\/+$/g, '')
      .replace(/\.git$/, '');
  const at = (port: string | undefined, usual: string) => (port && port !== usual ? `:${port}` : '');
  const https = HTTPS.exec(url);
  if (https) return `https://${https[1]!.toLowerCase()}${at(https[2], '443')}/${short(https[3]!)}`;
  const ssh = SSH.exec(url);
  if (ssh)
    return `ssh://${ssh[1] ? `${ssh[1]}@` : ''}${ssh[2]!.toLowerCase()}${at(ssh[3], '22')}/${short(ssh[4]!)}`;
  const scp = SCP.exec(url);
  if (scp) return `${scp[1]}@${scp[2]!.toLowerCase()}:${scp[3]!.startsWith('/') ? '/' : ''}${short(scp[3]!)}`;
  const [, scheme, path = ''] = LOCAL.exec(url) ?? [];
  // git decodes what stands in a URL and not what is a path. `x` and `x.git` may lie side by side in a folder.
  const encoded = scheme ? path : path.replaceAll('%', '%25');
  return `file://${encoded.replace(/\/{2,}/g, '/').replace(/(?<=.)\/+$/, '')}`;
}

/** The last part of its path: how people call it, and the folder that its agents see. */
export const repoName = (url: string): string =>
  /([^/:]+?)(?:\.git)?\/*$/
    .exec(url)?.[1]
    ?.replace(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^[.-]+/, '') || 'repository';

/** A branch, a tag or a commit, by the rules of `git check-ref-format` and never an option. */
export const gitRef = z
  .string()
  .min(1)
  .max(MAX_REF)
  .refine(
    (ref) =>
      !/[\u0000-\u0020\u007f-\u00a0~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[./]$/.test(ref) &&
      !/^[-./]/.test(ref) &&
      ref !== '@' &&
      ref.isWellFormed(),
    'is the name of a branch or tag, or a commit',
  );

/** The branch of a terminal's worktree; whose it is can be read from it. */
export const workspaceBranch = z
  .string()
  .regex(/^cao\/[A-Za-z0-9_][A-Za-z0-9_-]{0,63}\/[a-f][0-9a-f]{7}$/, 'is cao/<session>/<terminal>');
export const branchOf = (session: string, terminal: string): string => `cao/${session}/${terminal}`;
/** The terminal that the branch was made for: under its id the host keeps the worktree. */
export const ownerOf = (branch: string): string => branch.slice(branch.lastIndexOf('/') + 1);

/** How it ended. `kept`: the worktree is still on its host. */
export const workspaceOutcome = z.object({
  did: z.enum(['kept', 'pushed', 'removed']),
  note: z.string().max(2000).describe('what was done, where the work lies, and what to do with it'),
});
export type WorkspaceOutcome = z.infer<typeof workspaceOutcome>;

/** What a host has to make, and what it does with it in the end. */
export const workspaceOrder = z.object({
  repo: repoUrl,
  /** Null: where the remote's HEAD is. */
  ref: gitRef.nullable(),
  /** The requester's branch: taken instead of `ref` where the host has it, or the remote does. */
  from: workspaceBranch.nullable(),
  branch: workspaceBranch,
  on_close: onClose,
});
export type WorkspaceOrder = z.infer<typeof workspaceOrder>;

/** The same on a terminal's row, with its end. */
export interface Workspace extends WorkspaceOrder {
  readonly outcome: WorkspaceOutcome | null;
}

/** One worktree on a host. */
export const workspaceView = z.object({
  id: terminalId.describe('the terminal that it was made for'),
  session_name: sessionName,
  repo: z.string(),
  ref: z.string().nullable(),
  branch: z.string(),
  path: z.string(),
  on_close: onClose,
  in_use: z.boolean().describe('a terminal works in it'),
  used_at: z.iso.datetime().describe('when a terminal last began or ended in it'),
  size_bytes: z.number().int().nullable().describe('files of the worktree on disk'),
  changed: z.number().int().nullable().describe('files that are not committed; null: git could not tell'),
  unpushed: z
    .number()
    .int()
    .nullable()
    .describe('commits that the remote does not have; null: git could not tell'),
  error: z.string().nullable().describe('why git could not tell'),
});
export type WorkspaceView = z.infer<typeof workspaceView>;

/** What a collection did, or would do. */
export const collection = z.object({
  dry_run: z.boolean(),
  disk_used_percent: z.number(),
  removed: z.array(workspaceView),
  kept: z.array(workspaceView.extend({ why: z.string().describe('why it stays, and what to do') })),
  mirrors_removed: z.array(z.string()),
});
export type Collection = z.infer<typeof collection>;
