import { parseArgs } from 'node:util';

/** What the agent is started with; read once. Empty values are absent ones. */
export interface Options {
  readonly terminalId: string;
  readonly sessionId: string;
  readonly logFile: string | null;
  /** Every submitted prompt, exactly. */
  readonly recordFile: string | null;
  readonly hookUrl: string | null;
  readonly mcpUrl: string | null;
  readonly token: string | null;
  readonly malice: string;
  /** Permission dialogs are not asked. */
  readonly yolo: boolean;
  readonly title: string;
}

const flags = {
  log: { type: 'string' },
  'session-id': { type: 'string' },
  record: { type: 'string' },
  malice: { type: 'string' },
  'token-env': { type: 'string', default: 'CAO_TERMINAL_TOKEN' },
  title: { type: 'string', default: '' },
  yolo: { type: 'boolean', default: false },
} as const;

/** @throws TypeError naming a flag that is not known. */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv): Options {
  const { values } = parseArgs({ args: [...argv], options: flags });
  const given = (...all: (string | undefined)[]) =>
    all.find((value) => value !== undefined && value !== '') ?? null;
  const terminalId = given(env.CAO_TERMINAL_ID) ?? 'a0000000';
  const record = given(values.record, env.CAO_SCRIPTED_RECORD);
  return {
    terminalId,
    sessionId: given(values['session-id']) ?? crypto.randomUUID(),
    logFile: given(values.log),
    // A folder takes one file per terminal, so that one setting serves a whole fleet.
    recordFile: record?.endsWith('/') ? `${record}${terminalId}.jsonl` : record,
    hookUrl: given(env.CAO_HOOK_URL),
    mcpUrl: given(env.CAO_MCP_URL),
    token: given(env[values['token-env']]),
    malice: given(values.malice, env.CAO_SCRIPTED_MALICE) ?? '',
    yolo: values.yolo,
    title: values.title,
  };
}
