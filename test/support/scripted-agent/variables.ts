import { closeOf } from './script.ts';

/** What a script has learned so far: results of its calls, texts of the messages it awaited. */
export interface Known {
  readonly results: readonly string[];
  readonly messages: readonly string[];
}

/**
 * `$1` is the text of the first call's result, `$1.output` a field of it when it is a JSON object, `$m1` the text of
 * the first awaited message. What is not known stays as written. Nothing inside a nested `[[…]]` is touched: those
 * variables belong to whoever will run that directive.
 */
export function substitute(text: string, known: Known): string {
  let out = '';
  let from = 0;
  for (let at = text.indexOf('[['); at >= 0; at = text.indexOf('[[', from)) {
    const close = closeOf(text, at);
    if (close < 0) break;
    out += replaceVariables(text.slice(from, at), known) + text.slice(at, close + 2);
    from = close + 2;
  }
  return out + replaceVariables(text.slice(from), known);
}

/** The same in every string of a JSON value. */
export function substituteDeep(value: unknown, known: Known): unknown {
  if (typeof value === 'string') return substitute(value, known);
  if (Array.isArray(value)) return value.map((entry) => substituteDeep(entry, known));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, substituteDeep(entry, known)]));
}

function replaceVariables(text: string, known: Known): string {
  return text.replace(/\$(m?)(\d+)(?:\.(\w+))?/g, (written, kind: string, digits: string, field?: string) => {
    const value = (kind === 'm' ? known.messages : known.results)[Number(digits) - 1];
    if (value === undefined) return written;
    if (field === undefined) return value;
    const inner = fieldOf(value, field);
    return inner ?? `${value}.${field}`;
  });
}

function fieldOf(json: string, field: string): string | null {
  try {
    const parsed: unknown = JSON.parse(json);
    if (parsed === null || typeof parsed !== 'object' || !Object.hasOwn(parsed, field)) return null;
    const value = (parsed as Record<string, unknown>)[field];
    return typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    return null;
  }
}

const SUFFIX = /\s*\[(?:Message from|Assigned by) terminal [^\]]*\]\s*$/;
/** The text of a message without the line that CAO appends to it. */
export const withoutSuffix = (text: string): string => text.replace(SUFFIX, '').trim();
export const isMessage = (text: string): boolean => /\[Message from terminal /.test(text);
export const firstLine = (text: string): string => withoutSuffix(text).split('\n')[0] ?? '';
