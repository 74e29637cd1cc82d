import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Remote extends Disposable {
  readonly url: string;
  git(...args: string[]): string;
}

/** A bare repository that every host of this machine reaches, with one commit. */
export function makeRemote(): Remote {
  const dir = mkdtempSync(join(tmpdir(), 'cao-remote-'));
  const bare = join(dir, 'app.git');
  const work = join(dir, 'work');
  const env = { PATH: process.env.PATH, HOME: dir, GIT_CONFIG_NOSYSTEM: '1' };
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  mkdirSync(work);
  git(dir, 'init', '--bare', '--quiet', '--initial-branch=main', bare);
  git(work, 'init', '--quiet', '--initial-branch=main');
  writeFileSync(join(work, 'README.md'), 'hello\n');
  git(work, 'add', '--all');
  git(work, '-c', 'user.name=S', '-c', 'user.email=s@example.com', 'commit', '--quiet', '--message', 'first');
  git(work, 'push', '--quiet', bare, 'main');
  return {
    url: `file://${bare}`,
    git: (...args) => git(bare, ...args),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}
