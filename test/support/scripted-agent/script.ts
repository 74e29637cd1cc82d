/**
 * The directive language: what a prompt tells the scripted agent (and the fake model) to do.
 *
 *   prose [[verb arguments]] prose
 *
 * Prose is ignored. A directive ends at its own `]]`; `[[` and `]]` inside it must pair up, so that a text may carry
 * directives for somebody else. An argument that is JSON (an object after `call NAME`, a string after `say` or
 * `reply`) ends where the JSON ends, and its strings may hold any brackets.
 */
export const verbs = [
  'say',
  'sleep',
  'call',
  'reply',
  'ask',
  'write',
  'await',
  'background',
  'fail',
  'error',
  'refuse',
  'die',
  'flood',
  'take',
  'chunks',
] as const;
export type Verb = (typeof verbs)[number];

export interface Directive {
  readonly verb: Verb;
  /** Everything after the verb, trimmed; for a JSON string its value. */
  readonly text: string;
  /** Of `call`: the tool. */
  readonly tool: string;
  /** Of `call`: the object. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** Broken directives are said aloud (`say`), so that a wrong story is seen instead of passing by accident. */
export function parseScript(prompt: string): readonly Directive[] {
  const found: Directive[] = [];
  for (let at = prompt.indexOf('[['); at >= 0; ) {
    const next = directiveAt(prompt, at);
    if (next) found.push(next.directive);
    at = prompt.indexOf('[[', next?.end ?? at + 2);
  }
  return found;
}

const isVerb = (word: string): word is Verb => (verbs as readonly string[]).includes(word);
const make = (
  verb: Verb,
  text: string,
  tool = '',
  input: Readonly<Record<string, unknown>> = {},
): Directive => ({
  verb,
  text,
  tool,
  input,
});

function directiveAt(prompt: string, start: number): { directive: Directive; end: number } | null {
  const head = /^\[\[\s*([a-z]+)\s*/.exec(prompt.slice(start, start + 64));
  const verb = head?.[1] ?? '';
  if (!head || !isVerb(verb)) return null;
  const from = start + head[0].length;
  const broken = (why: string) => ({
    directive: make('say', `Broken directive ${verb}: ${why}`),
    end: from,
  });

  const tool = verb === 'call' ? (/^[\w.@-]+\s*/.exec(prompt.slice(from, from + 200))?.[0] ?? '') : '';
  const open = prompt[from + tool.length];
  if (open === '{' || (open === '"' && verb !== 'ask')) {
    const json = jsonAt(prompt, from + tool.length);
    const close = json && /^\s*\]\]/.exec(prompt.slice(json.end, json.end + 64));
    // A text may begin with a quote without being JSON: then the plain rule below decides.
    if (json && close) {
      const end = json.end + close[0].length;
      if (verb === 'call')
        return { directive: make(verb, '', tool.trim(), json.value as Record<string, unknown>), end };
      return {
        directive: make(verb, typeof json.value === 'string' ? json.value : JSON.stringify(json.value)),
        end,
      };
    }
    if (verb === 'call') return broken('its arguments are not JSON followed by ]]');
  }
  const end = closeOf(prompt, start);
  if (end < 0) return broken('no ]] closes it');
  const text = prompt.slice(from, end).trim();
  if (verb === 'call' && tool.trim() !== text) return broken('it takes a tool and a JSON object');
  return { directive: make(verb, text, tool.trim()), end: end + 2 };
}

/** The index of the `]]` that pairs with the `[[` at `start`; -1 when there is none. */
export function closeOf(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length - 1; at += 1) {
    const two = text.slice(at, at + 2);
    if (two !== '[[' && two !== ']]') continue;
    depth += two === '[[' ? 1 : -1;
    if (depth === 0) return at;
    at += 1;
  }
  return -1;
}

function jsonAt(text: string, start: number): { value: unknown; end: number } | null {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at];
    if (quoted && char === '\\') at += 1;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && (char === '{' || char === '[')) depth += 1;
    else if (!quoted && (char === '}' || char === ']')) depth -= 1;
    if (quoted || depth > 0) continue;
    try {
      // A pasted line break inside a JSON string is a line break, not an error.
      const source = text
        .slice(start, at + 1)
        .replace(/\n/g, '\\n')
        .replace(/\t/g, '\\t');
      return { value: JSON.parse(unescapeOutside(source)), end: at + 1 };
    } catch {
      return null;
    }
  }
  return null;
}

/** Turns `\n` back into blanks where it stands between tokens: only inside a string it is content. */
function unescapeOutside(source: string): string {
  return source.replace(/"(?:\\.|[^"\\])*"|\\[nt]/g, (part) => (part[0] === '"' ? part : ' '));
}
