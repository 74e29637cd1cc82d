import { at, type Json, list, text } from '../_shared/json.ts';

/** What OpenCode 1.18.33 sends at `/global/event`: `{ directory, payload: event }`, or an event by itself. */
export function eventOf(body: Json): { readonly type: string; readonly properties: Json } | null {
  const event = at(body, 'payload') ?? body;
  const properties = at(event, 'properties');
  const type = text(event, 'type');
  return type && at(event, 'properties') ? { type, properties: properties as Json } : null;
}

/** The words of the last message of the assistant, from `/session/ID/message`. */
export function answerIn(messages: unknown): string | null {
  const last = list(messages).findLast((one) => text(one, 'info.role') === 'assistant');
  const words = list(last, 'parts')
    .filter((part) => text(part, 'type') === 'text' && !at(part, 'synthetic'))
    .map((part) => text(part, 'text'))
    .filter(Boolean);
  return words.length > 0 ? words.join('\n\n') : null;
}
