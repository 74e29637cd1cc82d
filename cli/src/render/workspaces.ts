import type { TerminalView, WorkspaceView } from '@cao/contracts';
import type { Io } from '../io.ts';
import { age } from './age.ts';
import { plainLine } from './plain.ts';
import { table } from './table.ts';

export type HostedWorkspace = WorkspaceView & { readonly host_name: string };

const MB = 1024 * 1024;
const size = (bytes: number | null): string => (bytes === null ? '?' : `${Math.ceil(bytes / MB)} MB`);

/** What its removal would lose. */
const holds = (io: Pick<Io, 'paint'>, { changed, unpushed }: WorkspaceView): string => {
  if (changed === null || unpushed === null) return io.paint('red', 'git cannot tell');
  const parts = [
    ...(unpushed ? [`${unpushed} unpushed`] : []),
    ...(changed ? [`${changed} uncommitted`] : []),
  ];
  return parts.length > 0 ? io.paint('yellow', parts.join(', ')) : '–';
};

/** One row per worktree. The last column, where there is one, says why it is in this table. */
export function workspaceTable(
  io: Io,
  workspaces: readonly (HostedWorkspace & { readonly why?: string })[],
  last: 'path' | 'why' = 'path',
): string {
  return table(
    io,
    ['WORKSPACE', 'HOST', 'BRANCH', 'USED', 'SIZE', 'ONLY HERE', last.toUpperCase()],
    workspaces.map((one) => [
      one.id,
      plainLine(one.host_name),
      plainLine(one.branch),
      one.in_use ? io.paint('green', 'now') : age(one.used_at),
      size(one.size_bytes),
      holds(io, one),
      plainLine(last === 'why' ? (one.why ?? one.path) : one.path),
    ]),
  );
}

/** Where the work of these terminals lies: one line for each that has a worktree. */
export const workspaceLines = (io: Pick<Io, 'paint'>, terminals: readonly TerminalView[]): string[] =>
  terminals.flatMap(({ id, workspace }) =>
    workspace
      ? [
          `${io.paint('dim', id)} ${plainLine(workspace.outcome?.note ?? `on branch ${workspace.branch} of ${workspace.repo}; when it ends: ${workspace.on_close}`)}`,
        ]
      : [],
  );

export const totalSize = (workspaces: readonly WorkspaceView[]): string =>
  size(workspaces.reduce((sum, one) => sum + (one.size_bytes ?? 0), 0));

export const awayLine = (away: readonly string[]): string =>
  `not linked, and therefore not asked: ${away.map(plainLine).join(', ')}`;
