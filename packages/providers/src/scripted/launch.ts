import type { LaunchInput, LaunchPlan } from '../contract.ts';

/**
 * Front matter `scripted: {record: PATH, malice: SPEC}` reaches the agent, so that a story can set both through the public
 * surface. Everything else it does stands in its prompts.
 */
export function launch(input: LaunchInput): LaunchPlan {
  const logPath = `${input.dir}/session.jsonl`;
  const own = (input.profile.scripted ?? {}) as Readonly<Record<string, unknown>>;
  const flag = (name: 'record' | 'malice') =>
    typeof own[name] === 'string' && own[name] !== '' ? [`--${name}`, own[name]] : [];
  return {
    argv: [
      input.binaryPath,
      ...['--session-id', input.nativeSessionId],
      ...['--log', logPath],
      ...['--token-env', input.loopback.tokenEnv],
      ...['--title', input.profile.name],
      ...flag('record'),
      ...flag('malice'),
      ...(input.yolo ? ['--yolo'] : []),
    ],
    env: {
      CAO_TERMINAL_ID: input.terminalId,
      CAO_HOOK_URL: input.loopback.hookUrl,
      CAO_MCP_URL: input.loopback.mcpUrl,
    },
    unsetEnv: [],
    files: [],
    logPath,
  };
}
