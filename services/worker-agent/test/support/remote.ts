import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PATH } from './env.ts';

/** A user of a host, as far as git can tell: nothing of this machine's own configuration. */
const userEnv = (home: string): Record<string, string> => ({
  PATH,
  HOME: home,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: join(home, 'gitconfig'),
});

export interface Ground extends Disposable {
  readonly dir: string;
  readonly env: Record<string, string>;
  /** git as somebody else than CAO. @returns stdout, trimmed. */
  git(cwd: string, ...args: string[]): string;
}

export function makeGround(): Ground {
  const dir = mkdtempSync(join(tmpdir(), 'cao-git-'));
  const env: Record<string, string> = userEnv(dir);
  writeFileSync(
    env.GIT_CONFIG_GLOBAL!,
    '[user]\nname = Somebody\nemail = somebody@example.com\n[init]\ndefaultBranch = main\n',
  );
  return {
    dir,
    env,
    git: (cwd, ...args) =>
      execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim(),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export interface Remote {
  readonly url: string;
  readonly dir: string;
  /** Commits a file on a branch, and pushes. @returns the commit. */
  commit(branch: string, file: string, text: string): string;
  branches(): string[];
}

/** A bare repository with one commit on main, and somebody who writes to it. */
export function makeRemote({ dir, git }: Ground, name = 'app'): Remote {
  const bare = join(dir, 'remotes', `${name}.git`);
  const clone = join(dir, 'remotes', `${name}-somebody`);
  mkdirSync(join(dir, 'remotes'), { recursive: true });
  git(dir, 'init', '--bare', '--quiet', bare);
  git(dir, 'init', '--quiet', clone);
  git(clone, 'remote', 'add', 'origin', bare);
  const remote: Remote = {
    url: `file://${bare}`,
    dir: bare,
    commit(branch, file, text) {
      const known = git(clone, 'branch', '--list', branch) !== '';
      git(clone, 'checkout', '--quiet', ...(known ? [] : ['-b']), branch);
      writeFileSync(join(clone, file), text);
      git(clone, 'add', '--all');
      git(clone, 'commit', '--quiet', '--message', `${file} on ${branch}`);
      git(clone, 'push', '--quiet', 'origin', branch);
      return git(clone, 'rev-parse', 'HEAD');
    },
    branches: () => git(bare, 'for-each-ref', '--format=%(refname:short)', 'refs/heads').split('\n'),
  };
  git(clone, 'symbolic-ref', 'HEAD', 'refs/heads/main');
  writeFileSync(join(clone, 'README.md'), 'hello\n');
  git(clone, 'add', '--all');
  git(clone, 'commit', '--quiet', '--message', 'first');
  git(clone, 'push', '--quiet', 'origin', 'main');
  return remote;
}
