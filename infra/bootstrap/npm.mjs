import { Unable } from './failure.mjs';
import { runQuietly } from './quiet.mjs';

/** What npm and the system call it when there is no way to the registry. */
const NO_NETWORK =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED)\b/;
const NO_SPACE = /\bENOSPC\b|no space left on device/i;
const NOT_WRITABLE = /\b(EACCES|EROFS|EPERM)\b/;

/**
 * Runs npm quietly.
 * @param {readonly string[]} args
 * @param {{ cwd: string, what: string }} options `what` begins the sentence when it fails: "the dependencies"
 */
export async function npm(args, { cwd, what }) {
  // As a script of npm itself we inherit its lifecycle variables; a nested npm would take some for configuration.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^npm_(lifecycle|package|command$|execpath$|node_execpath$|config_(local_prefix|global_prefix|prefix|noproxy$))/.test(
          name,
        ),
    ),
  );
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  const { code, output } = await runQuietly('npm', [...args, ...quiet], { cwd, env });
  if (code === 0) return;
  throw new Unable(`${what} could not be installed: ${reason(code, output)}`, nextStep(code, output));
}

function reason(code, output) {
  if (code === 127) return 'there is no npm on the PATH';
  const lines = output.split('\n').filter((line) => line.trim() && !/A complete log of this run/.test(line));
  return `npm ended with code ${code}\n${lines.slice(-12).join('\n')}\n`.trimEnd();
}

function nextStep(code, output) {
  if (code === 127) return 'Install npm (Debian: apt-get install npm) and run this again.';
  if (NO_SPACE.test(output)) return 'The disk is full: make room and run this again.';
  if (NOT_WRITABLE.test(output))
    return 'npm may not write there: give it a writable HOME (or npm_config_cache), and a repository that is yours.';
  if (NO_NETWORK.test(output))
    return 'npm does not reach its registry: check the network and `npm config get registry` (or proxy), then run this again.';
  return 'Run this again; if it stays, npm says more with: npm ci --loglevel=verbose';
}
