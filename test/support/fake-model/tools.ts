/** The part of a JSON schema that arguments are made up from. Some APIs write the types in capitals. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

export interface OfferedTool {
  readonly name: string;
  /** Some CLIs offer the tools of an MCP server in a group. */
  readonly namespace?: string | undefined;
  readonly parameters?: Schema | undefined;
}

export interface ToolCall {
  readonly tool: string;
  readonly namespace?: string | undefined;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What a script wants called, before it is known what the CLI calls it. */
export interface WantedCall {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** A command for the shell tool, whatever its name. */
  readonly shell?: string;
}

/** The call as this CLI takes it; a tool that it does not offer is called all the same, by the name in the script. */
export function callFor(wanted: WantedCall, offered: readonly OfferedTool[]): ToolCall {
  if (wanted.shell !== undefined) {
    const tool = shellTool(wanted.tool, offered);
    if (tool) return { ...nameOf(tool), input: shellInput(wanted.shell, tool.parameters) };
  }
  const tool = toolFor(wanted.tool, offered);
  return { ...(tool ? nameOf(tool) : { tool: wanted.tool }), input: wanted.input };
}

const nameOf = ({ name, namespace }: OfferedTool) => ({ tool: name, namespace });

/**
 * `handoff` is `mcp__cao-mcp-server__handoff`, `mcp_cao-mcp-server_handoff`, `cao-mcp-server-handoff` or `handoff` in the namespace
 * `mcp__cao_mcp_server`. CAO's own come first: a CLI may have a `send_message` too.
 */
function toolFor(name: string, offered: readonly OfferedTool[]): OfferedTool | undefined {
  const ends = (tool: OfferedTool) =>
    tool.name === name || tool.name.endsWith(`_${name}`) || tool.name.endsWith(`-${name}`);
  const ours = (tool: OfferedTool) => /\bcao\b|_cao[_-]/.test(`${tool.namespace ?? ''} ${tool.name}`);
  return (
    offered.find((tool) => ours(tool) && ends(tool)) ??
    offered.find((tool) => tool.name === name) ??
    offered.find(ends)
  );
}

export const isShell = (tool: string): boolean => SHELLS.includes(tool);
const SHELLS = ['Bash', 'exec_command', 'shell_command', 'shell', 'run_shell_command', 'bash', 'Shell'];

const shellTool = (name: string, offered: readonly OfferedTool[]) =>
  [name, ...SHELLS].map((one) => offered.find((tool) => tool.name === one)).find(Boolean);

/** The command under the name that the schema has for it, and whatever else it demands. */
function shellInput(command: string, schema: Schema = {}): Readonly<Record<string, unknown>> {
  const known = Object.keys(schema.properties ?? {});
  const at = ['cmd', 'command', 'script'].find((name) => known.includes(name)) ?? 'command';
  const takesList = typeOf(schema.properties?.[at]) === 'array';
  const input: Record<string, unknown> = { [at]: takesList ? ['bash', '-lc', command] : command };
  if (known.length === 0 || known.includes('description')) input.description = 'ask';
  for (const name of schema.required ?? []) input[name] ??= somethingOf(typeOf(schema.properties?.[name]));
  return input;
}

const typeOf = (schema: Schema | undefined): string => {
  const type = schema?.type ?? 'string';
  return (typeof type === 'string' ? type : (type[0] ?? 'string')).toLowerCase();
};

function somethingOf(type: string): unknown {
  if (type === 'number' || type === 'integer') return 0;
  if (type === 'boolean') return false;
  if (type === 'array') return [];
  return type === 'object' ? {} : 'ask';
}
