import { z } from 'zod';
import { hostId, sessionName, terminalId } from './ids.ts';
import { sanitise } from './sanitise.ts';
import { approvalState } from './status.ts';

/** A permission prompt of a CLI; the host that sees it first gives it this. */
export const approvalId = z.uuid();
export const approvalDecision = z.enum(['allow', 'deny']);
export type ApprovalDecision = z.infer<typeof approvalDecision>;

/** What a decision makes of an open approval. */
export const decidedAs = { allow: 'allowed', deny: 'denied' } as const satisfies Record<
  ApprovalDecision,
  z.infer<typeof approvalState>
>;

/** Why an approval ended without an answer through CAO, each in words for people. */
export const approvalEnds = {
  answered_there: 'somebody answered it in its terminal',
  turn_ended: 'its turn ended; a no in its terminal does that too',
  replaced: 'another question of the same terminal took its place',
  gone: 'it was on the screen no more when it was looked for',
  terminal_closed: 'its terminal ended',
} as const;
export type ApprovalEnd = keyof typeof approvalEnds;
export const approvalEnd = z.enum(Object.keys(approvalEnds) as [ApprovalEnd, ...ApprovalEnd[]]);

/** Names of tools are short; one that is not is cut. Units: characters. */
const MAX_TOOL_CHARS = 200;
export const approvalTool = z.string().max(MAX_TOOL_CHARS);

const instant = z.iso.datetime({ offset: true });

export const approvalView = z.object({
  id: approvalId,
  terminal_id: terminalId,
  epoch: z.number().int(),
  session_name: sessionName,
  agent_profile: z.string(),
  host_id: hostId,
  host_name: z.string(),
  tool: approvalTool.describe('what the CLI asks to use; empty when only its screen told'),
  /** JSON. Not `z.json()`: its schema refers to itself by a path that is another one inside OpenAPI's document. */
  input: z.unknown().describe('what the tool would be given, as JSON, cleaned of control characters'),
  input_cut: z.boolean().describe('parts of the input were too long and are left out'),
  state: approvalState,
  decision: approvalDecision
    .nullable()
    .describe('what somebody has decided; `state` says so too once the CLI was told'),
  answered_by: z.string().nullable().describe('the name of the token that decided'),
  reason: approvalEnd.nullable().describe('why it was closed without an answer'),
  created_at: instant,
  answered_at: instant.nullable(),
  closed_at: instant.nullable(),
});
export type ApprovalView = z.infer<typeof approvalView>;

/** What is kept of a tool's input: enough to decide by, and never a file. Units: characters, entries, levels. */
const MAX_INPUT_CHARS = 16_000;
const MAX_TEXT_CHARS = 4_000;
const MAX_ENTRIES = 100;
const MAX_DEPTH = 6;
const CUT = '…';

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/**
 * The input of a tool as it is stored and shown: control characters become visible, long texts and lists are cut.
 * A host and the api both do it, as the one does not trust the other; the second time changes nothing.
 */
export function approvalInput(input: unknown): { input: Json; cut: boolean } {
  let left = MAX_INPUT_CHARS;
  let cut = false;
  const text = (value: string): string => {
    const clean = sanitise(value).text;
    const most = Math.min(MAX_TEXT_CHARS, left);
    const kept = clean.length > most ? clean.slice(0, Math.max(0, most - 1)).toWellFormed() + CUT : clean;
    if (kept !== clean) cut = true;
    left = Math.max(1, left - kept.length);
    return kept;
  };
  const keep = (value: unknown, depth: number): Json => {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
    if (typeof value === 'boolean' || value === null) return value;
    if (typeof value !== 'object') return value === undefined ? null : text(String(value));
    const entries = Object.entries(value);
    if (depth === 0 || left <= 1) {
      if (entries.length > 0) cut = true;
      return entries.length > 0 ? CUT : Array.isArray(value) ? [] : {};
    }
    const some = entries.slice(0, MAX_ENTRIES);
    if (some.length < entries.length) cut = true;
    if (Array.isArray(value)) return some.map(([, item]) => keep(item, depth - 1));
    return Object.fromEntries(some.map(([name, item]) => [text(name), keep(item, depth - 1)]));
  };
  return { input: keep(input, MAX_DEPTH), cut };
}

/** The same for the tool's name: one line. */
export const approvalToolName = (tool: string): string =>
  sanitise(tool).text.replace(/\s+/g, ' ').slice(0, MAX_TOOL_CHARS).toWellFormed();
