import { type InItsWords, serversFor } from '../_shared/mcp-dialect.ts';
import { option, promptFile } from '../_shared/plan.ts';
import type { LaunchInput, LaunchPlan } from '../contract.ts';
import { permission } from './tools.ts';

/** Ours: one of the user's of that name would be mixed with it. */
const AGENT = 'cao';

/**
 * What is asked stands in the permissions of the agent; with `--auto` 1.18.33 serves no API.
 *
 * Configuration goes in by the environment, which stands above that of the user and that of the folder: neither is edited
 * nor hidden, and no file of a project can widen what the agent may do. The token is not in it, but where to find it.
 */
export function launch(input: LaunchInput): LaunchPlan {
  const { profile, apiPort, loopback } = input;
  const files = promptFile('system-prompt.md', input);
  const dialect = { token: `{env:${loopback.tokenEnv}}`, ours: { oauth: false }, inItsWords };
  const config = {
    autoupdate: false,
    mcp: serversFor(input, dialect),
    agent: { [AGENT]: { mode: 'primary', permission: permission(input) } },
    // Beside the CLI's own prompt, which a prompt of the agent would replace.
    ...(files.length > 0 ? { instructions: files.map(({ path }) => `${input.dir}/${path}`) } : {}),
  };
  return {
    argv: [
      input.binaryPath,
      ...['--port', `${apiPort}`],
      ...['--agent', AGENT],
      ...(input.resume ? ['--session', input.nativeSessionId] : []),
      ...option('--model', profile.model),
    ],
    env: {
      OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
      // Without it every program of this machine could answer its questions. Those that it starts still can.
      OPENCODE_SERVER_PASSWORD: loopback.tokenMark,
      // An update in the middle of the work; keys and the title of the pane belong to whoever looks at it.
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MOUSE: '1',
      COLORTERM: 'truecolor',
    },
    // A worker-agent that was itself started by OpenCode.
    unsetEnv: ['', '_PID', '_PERMISSION', '_SERVER_USERNAME', '_CLIENT'].map((end) => `OPENCODE${end}`),
    files,
    api: { url: `http://127.0.0.1:${apiPort}`, user: 'opencode', password: loopback.tokenMark },
  };
}

const inItsWords: InItsWords = ({ type: _, url, command, args = [], env, ...rest }) => {
  if (url !== undefined) return { ...rest, type: 'remote', url, enabled: true };
  const environment = env ? { environment: env } : {};
  return { ...rest, type: 'local', command: [command, ...args], enabled: true, ...environment };
};
