import type { WorkspaceOutcome } from '@cao/contracts';
import { GitError } from './git.ts';
import { isSaved, type TreeRecord, type Trees, type Unsaved } from './trees.ts';

/** `2 commits and 1 file`, as a person would say it. */
export function unsavedWords({ changed, unpushed, error }: Unsaved): string {
  if (error !== null) return `git could not tell what is in it (${error})`;
  const some = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  const parts = [
    ...(unpushed ? [`${some(unpushed, 'commit')} not pushed`] : []),
    ...(changed ? [`${some(changed, 'file')} not committed`] : []),
  ];
  return parts.join(', ') || 'nothing that the remote does not have';
}

const rest = ({ id, path, branch }: TreeRecord, unsaved: Unsaved) =>
  `${path} (branch ${branch}) has ${unsavedWords(unsaved)}. Push it from there, or lose it with \`cao workspace remove ${id} --force\``;

/** What was asked for at the end of its terminal. What would lose work is not done, and says so. @throws Stopped */
export async function settle(trees: Trees, record: TreeRecord): Promise<WorkspaceOutcome> {
  if (record.onClose === 'push') return pushed(trees, record);
  const unsaved = await trees.unsaved(record);
  if (record.onClose === 'discard') {
    if (!isSaved(unsaved)) return { did: 'kept', note: `not discarded: ${rest(record, unsaved)}` };
    await trees.remove(record);
    return { did: 'removed', note: 'removed; it had nothing that the remote does not have' };
  }
  return {
    did: 'kept',
    note: isSaved(unsaved)
      ? `kept at ${record.path} (branch ${record.branch}); the remote has all of it`
      : `kept: ${rest(record, unsaved)}`,
  };
}

async function pushed(trees: Trees, record: TreeRecord): Promise<WorkspaceOutcome> {
  const failed = (error: unknown) => {
    if (!(error instanceof GitError)) throw error;
    return error.message;
  };
  const message = `Work in progress of terminal ${record.id}\n\nCommitted by CAO when the terminal ended.`;
  const count = await trees.push(record, message).catch(failed);
  const unsaved = await trees.unsaved(record);
  if (typeof count === 'string')
    return { did: 'kept', note: `not pushed: ${count}. ${rest(record, unsaved)}` };
  const what =
    count === 0 ? 'nothing to push' : `${count} commit${count === 1 ? '' : 's'} pushed to ${record.branch}`;
  if (!isSaved(unsaved)) {
    const nested = unsaved.error === null ? await trees.nested(record) : [];
    const why = nested.length > 0 ? `; ${nested.join(', ')} is a repository of its own` : '';
    return { did: 'kept', note: `${what}, but ${rest(record, unsaved)}${why}` };
  }
  await trees.remove(record);
  return { did: count === 0 ? 'removed' : 'pushed', note: `${what}; its worktree is removed` };
}
