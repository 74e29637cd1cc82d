import { at, isObject, type Json, list, text } from '../_shared/json.ts';

/**
 * What OpenCode 1.18.33 sends at `/global/event`: `{ directory, payload: event }`, or an event by itself; and what was asked
 * for at its connection, by the path.
 */
export function eventOf(told: Json): { readonly name: string; readonly body: Json } | null {
  if (told.path !== undefined) return { name: text(told.path), body: told };
  const event = at(told, 'payload') ?? told;
  const properties = at(event, 'properties');
  return properties ? { name: text(event, 'type'), body: isObject(properties) ? properties : {} } : null;
}

/** The words of a part of a message; '' when it has none, or the CLI put them in. */
export const saidIn = (part: unknown): string =>
  text(part, 'type') === 'text' && !at(part, 'synthetic') ? text(part, 'text') : '';

/** The words of the last message of the assistant, from `/session/ID/message`. */
export function answerIn(messages: unknown): string | null {
  const last = list(messages).findLast((one) => text(one, 'info.role') === 'assistant');
  return list(last, 'parts').map(saidIn).filter(Boolean).join('\n\n') || null;
}
