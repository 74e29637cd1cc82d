import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MB = 1024 * 1024;
const FILE_BYTES = 50 * 1024;
/** Of what the repository has ever had, so much is still there. */
const LIVE_SHARE = 0.2;
const FILES_PER_FOLDER = 100;

export interface LargeRepository extends Disposable {
  readonly url: string;
  /** What a checkout has to write. */
  readonly files: number;
  /** One more commit on main, of one small file. */
  commit(): Promise<void>;
}

/** A bare repository whose pack has that size: text nobody can compress, most of it in the history. */
export async function largeRepository(megabytes: number): Promise<LargeRepository> {
  const dir = mkdtempSync(join(tmpdir(), 'cao-large-'));
  using onFailure = new DisposableStack();
  onFailure.defer(() => rmSync(dir, { recursive: true, force: true }));
  const versions = Math.floor((megabytes * MB) / FILE_BYTES);
  const files = Math.floor(versions * LIVE_SHARE);
  await run(dir, ['init', '--bare', '--quiet', '--initial-branch=main', '.']);
  await fastImport(dir, function* () {
    for (let n = 0, commits = 0; n < versions; commits++) {
      yield commitLine(`version ${commits}`);
      for (let m = 0; m < files && n < versions; m++, n++) {
        const path = `src/${Math.floor(m / FILES_PER_FOLDER)}/${m}.bin`;
        yield `M 100644 inline ${path}\ndata ${FILE_BYTES}\n`;
        yield randomBytes(FILE_BYTES);
        yield '\n';
      }
    }
  });
  onFailure.move();
  let more = 0;
  return {
    url: `file://${dir}`,
    files,
    commit: () =>
      fastImport(dir, function* () {
        more += 1;
        yield `${commitLine(`more ${more}`)}from refs/heads/main^0\nM 100644 inline more.txt\ndata <<END\n${more}\nEND\n\n`;
      }),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}

const commitLine = (message: string): string =>
  `commit refs/heads/main\ncommitter Bench <bench@example.com> 1700000000 +0000\ndata ${Buffer.byteLength(message)}\n${message}\n`;

async function fastImport(dir: string, lines: () => Iterable<string | Buffer>): Promise<void> {
  const child = spawn('git', ['-c', 'core.compression=0', 'fast-import', '--quiet'], {
    cwd: dir,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(child, 'close');
  for (const line of lines()) if (!child.stdin.write(line)) await once(child.stdin, 'drain');
  child.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`);
}

async function run(dir: string, args: readonly string[]): Promise<void> {
  const [code] = await once(
    spawn('git', args, { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] }),
    'close',
  );
  if (code !== 0) throw new Error(`git ${args[0]} ended with ${code}`);
}
