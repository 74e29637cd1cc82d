import {
  branchOf,
  CaoError,
  isLocalRepo,
  narrowTools,
  type OnClose,
  type Profile,
  providerAliases,
  providerId,
  toolsOf,
  type Workspace,
} from '@cao/contracts';
import { type Db, findHost, findTerminal, insertTerminal, type Ledger, type TerminalRow } from '@cao/db';
import { newTerminalId, newUuid } from '@cao/runtime';
import { parseProfile } from './profiles/parse.ts';
import { loadProfile } from './profiles/profiles.ts';

/** The CLI of a profile that names none, for a session that names none. */
const DEFAULT_PROVIDER = 'claude_code';

export interface LaunchWish {
  readonly sessionName: string;
  /** Left out only where a conversation goes on: its terminal's profile is used as it was. */
  readonly agentProfile?: string | undefined;
  /** An ended terminal whose conversation goes on. */
  readonly resume?: string | undefined;
  readonly provider?: string | undefined;
  readonly workingDirectory?: string | undefined;
  /** Instead of a directory: it gets a worktree of this repository. */
  readonly repo?: string | undefined;
  readonly ref?: string | undefined;
  readonly onClose?: OnClose | undefined;
  readonly allowedTools?: readonly string[] | undefined;
  readonly yolo?: boolean;
  readonly host?: string | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly apart?: boolean | undefined;
  /** The terminal that asked for it; its own limits bind its children. */
  readonly parent: TerminalRow | null;
}

/**
 * A terminal to start. Tools: an explicit list (flag, or `allowedTools` of a profile) is a ceiling for the terminal and
 * all its descendants; a role only says what its own hands may do, so a supervisor that cannot write may still have a
 * developer write, within the ceiling.
 * @throws CaoError not_found (profile, host), bad_request (a provider that CAO does not have)
 */
export async function launchTerminal(ledger: Ledger, wish: LaunchWish): Promise<TerminalRow> {
  const ended = wish.resume === undefined ? null : await endedTerminal(ledger.tx, wish.resume);
  const { profile, content } = await profileOf(ledger.tx, wish, ended);
  const above = wish.parent?.toolCeiling ?? ['*'];
  const explicit = wish.allowedTools ?? ended?.allowedTools ?? profile.allowedTools;
  const ceiling = explicit ? narrowTools(above, explicit) : above;
  const providers = toProviders(
    ended?.provider ?? wish.provider ?? profile.provider ?? wish.parent?.providers ?? DEFAULT_PROVIDER,
  );
  const id = newTerminalId();
  const workspace = ended ? again(ended) : workspaceOf(wish, profile, id);
  return insertTerminal(ledger, {
    id,
    sessionName: wish.sessionName,
    agentProfile: profile.name,
    profileContent: content,
    provider: providers[0]!,
    providers,
    callerId: wish.parent?.id ?? null,
    allowedTools: [...narrowTools(ceiling, explicit ?? toolsOf(profile))],
    toolCeiling: [...ceiling],
    yolo: wish.parent?.yolo ?? wish.yolo ?? false,
    wishCwd: wish.workingDirectory ?? ended?.cwd ?? null,
    workspace,
    // Its conversation lies on the host that it ran on, and a path means nothing on another one.
    wishHost:
      ended?.hostId ??
      (await toHostId(ledger.tx, wish.host)) ??
      (workspace?.from && isLocalRepo(workspace.repo) ? (wish.parent?.hostId ?? null) : null),
    wishLabels: [...(wish.labels ?? profile.labels ?? [])],
    wishApart: wish.apart ?? false,
    nativeSessionId: ended?.nativeSessionId ?? newUuid(),
    resumes: ended?.id ?? null,
  });
}

/**
 * Where it works: what the launch says, else its profile, else the repository of its requester, on from that one's branch. Each
 * terminal has a worktree and a branch of its own; a directory that is named beats a repository that is not.
 * @throws CaoError bad_request
 */
function workspaceOf(wish: LaunchWish, profile: Profile, id: string): Workspace | null {
  const bad = (field: string, message: string) =>
    new CaoError('bad_request', `${field}: ${message}`, { field });
  if (wish.repo && wish.workingDirectory)
    throw bad('working_directory', 'give a repository or a directory; the worktree is made by the host');
  const above = wish.repo || profile.repo ? null : (wish.parent?.workspace ?? null);
  const repo = wish.workingDirectory ? undefined : (wish.repo ?? profile.repo ?? above?.repo);
  if (!repo) {
    for (const field of ['ref', 'onClose'] as const)
      if (wish[field] !== undefined)
        throw bad(field === 'ref' ? 'ref' : 'on_close', 'there is no repository; give repo as well');
    return null;
  }
  return {
    repo,
    ref: wish.ref ?? (wish.repo ? null : (profile.ref ?? above?.ref ?? null)),
    from: wish.ref ? null : (above?.branch ?? null),
    branch: branchOf(wish.sessionName, id),
    on_close: wish.onClose ?? profile.onClose ?? above?.on_close ?? 'keep',
    outcome: null,
  };
}

/** A conversation goes on in the worktree that it knows. */
const again = ({ workspace }: TerminalRow): Workspace | null => workspace && { ...workspace, outcome: null };

async function profileOf(db: Db, wish: LaunchWish, ended: TerminalRow | null) {
  if (ended) return { profile: parseProfile(ended.profileContent), content: ended.profileContent };
  if (wish.agentProfile !== undefined) return loadProfile(db, wish.agentProfile);
  throw new CaoError('bad_request', 'agent_profile: say which profile to run, or which terminal to resume', {
    field: 'agent_profile',
  });
}

/** @throws CaoError not_found, conflict (it lives, or never ran) */
async function endedTerminal(db: Db, id: string): Promise<TerminalRow> {
  const row = await findTerminal(db, id);
  if (!row) throw new CaoError('not_found', `resume: there is no terminal ${id}`, { field: 'resume' });
  if (row.lifecycle !== 'closed')
    throw new CaoError('conflict', `resume: terminal ${id} has not ended; write to it, or attach to it`, {
      field: 'resume',
    });
  if (row.hostId === null)
    throw new CaoError('conflict', `resume: terminal ${id} never ran, so there is nothing to go on with`, {
      field: 'resume',
    });
  return row;
}

const toProviders = (wanted: string | readonly string[]): string[] => [
  ...new Set((typeof wanted === 'string' ? [wanted] : wanted).map(toProvider)),
];

function toProvider(id: string): string {
  const known = providerId.safeParse(providerAliases[id] ?? id);
  if (known.success) return known.data;
  throw new CaoError('bad_request', `provider: CAO has no ${id}; it has ${providerId.options.join(', ')}`, {
    field: 'provider',
    allowed: providerId.options,
  });
}

async function toHostId(db: Db, ref: string | undefined): Promise<string | null> {
  if (ref === undefined) return null;
  const host = await findHost(db, ref);
  if (!host)
    throw new CaoError('not_found', `host: there is no host ${ref}; see \`cao host list\``, {
      field: 'host',
    });
  return host.id;
}
