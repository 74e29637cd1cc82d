/**
 * What a CLI sends as the user's words, without what it added itself: only what a person (or CAO) typed is a prompt.
 * The blocks are those that were seen, each with who adds it.
 */
const ADDED = [
  // Claude Code, OpenCode: reminders between the lines of a prompt.
  /<system-reminder>[\s\S]*?<\/system-reminder>/g,
  // Gemini CLI (with the first prompt), Codex (a message of its own), Copilot (before each prompt): where and when it is.
  /<(session_context|environment_context|current_datetime)>[\s\S]*?<\/\1>/g,
  // Codex: the instructions of the folder, and of the user.
  /^# AGENTS\.md instructions[\s\S]*$/g,
  /^<user_instructions>[\s\S]*$/g,
  // Claude Code: marks around a long paste.
  /<\/?pasted_content id="[^"]*">/g,
];

export function typedText(text: string): string {
  return ADDED.reduce((rest, added) => rest.replace(added, ''), text).trim();
}

/** What a CLI puts into the conversation when the user stopped the turn. */
const INTERRUPTED = /^(\[Request interrupted by user[^\]]*\]$|<turn_aborted>)/;
export const isInterruption = (text: string): boolean => INTERRUPTED.test(text);

const WRAPPING = /^<untrusted_context>\n?([\s\S]*?)\n?<\/untrusted_context>$/;
/** Lines about the run of it: Codex ends them with `Output:`, Kimi Code has only the time. */
const TIMED = /^(?:Chunk ID:[^\n]*\n)?Wall time:[^\n]*\n(?:(?:[^\n{[]*\n){0,4}?Output:(?:\n|$))?/;

/** The result of a tool as the tool gave it. */
export function unwrapped(result: string): string {
  const text = result.trim();
  const wrapped = WRAPPING.exec(text)?.[1] ?? text;
  const bare = wrapped.replace(TIMED, '').trim();
  return partsOf(bare) ?? bare;
}

/** MCP's own list of parts, written out as JSON. */
function partsOf(text: string): string | null {
  if (!text.startsWith('[')) return null;
  try {
    const parts = JSON.parse(text) as readonly { type?: unknown; text?: unknown }[];
    const isText = (part: (typeof parts)[number]) => part?.type === 'text' && typeof part.text === 'string';
    return parts.length > 0 && parts.every(isText) ? parts.map((part) => part.text).join('\n') : null;
  } catch {
    return null; // Text that begins with a bracket.
  }
}
