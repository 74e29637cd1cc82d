import { CaoError, storable, type UpFrame, upFrame } from '@cao/contracts';

/** In JSON only an escape can say what Postgres does not store: NUL, or half of a surrogate pair. */
const MAY_NOT_BE_STORABLE = /\\u(0000|d[89a-f])/i;

const toStorable = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? storable(value) : value;

/**
 * One frame of a host, checked. What a CLI said travels in its strings, so they are made storable: an event that can never be
 * committed would be sent again for ever, and no terminal of that host would be heard any more.
 */
export function parseFrame(text: string): UpFrame | CaoError {
  let json: unknown;
  try {
    json = MAY_NOT_BE_STORABLE.test(text) ? JSON.parse(text, toStorable) : JSON.parse(text);
  } catch {
    return new CaoError('bad_request', 'a frame is not JSON');
  }
  const parsed = upFrame.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const kind = (json as { t?: unknown } | null)?.t;
  return new CaoError(
    'bad_request',
    `frame ${JSON.stringify(kind)}: ${issue.path.join('.')}: ${issue.message}`,
  );
}
