/** What OpenCode 1.18.33 sends at `/global/event`, as far as it is read here. */
export interface Properties {
  readonly sessionID?: string;
  readonly info?: Info;
  readonly part?: Part;
  readonly status?: { readonly type?: string; readonly message?: string };
  readonly error?: {
    readonly name?: string;
    readonly data?: { readonly message?: string; readonly statusCode?: number };
  };
  readonly id?: string;
  readonly permission?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly patterns?: readonly string[];
  readonly requestID?: string;
}
export interface Info {
  readonly id?: string;
  readonly sessionID?: string;
  readonly parentID?: string;
  readonly role?: string;
  readonly cost?: number;
  readonly modelID?: string;
  readonly tokens?: {
    readonly input?: number;
    readonly output?: number;
    readonly cache?: { readonly read?: number };
  };
  readonly time?: { readonly completed?: number };
}
export interface Part {
  readonly type?: string;
  readonly text?: string;
  readonly messageID?: string;
  /** Put in by the CLI itself: a file that was read, a note. */
  readonly synthetic?: boolean;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export interface CliEvent {
  readonly type: string;
  readonly properties: Properties;
}

/** @param body `{ directory, payload: event }`, or an event by itself. */
export function eventOf(body: Readonly<Record<string, unknown>>): CliEvent | null {
  const { type, properties } = isObject(body.payload) ? body.payload : body;
  return typeof type === 'string' && isObject(properties) ? { type, properties } : null;
}

/** An answer of `/session/status`: which sessions work. Null for anything else. */
export function busySessions(body: Readonly<Record<string, unknown>>): readonly string[] | null {
  return body.path === '/session/status' && isObject(body.body) ? Object.keys(body.body) : null;
}

/** An answer of `/permission`: the oldest question that is open; undefined for anything else. */
export function openQuestion(body: Readonly<Record<string, unknown>>): Properties | null | undefined {
  if (body.path !== '/permission' || !Array.isArray(body.body)) return undefined;
  const first: unknown = body.body[0];
  return isObject(first) ? (first as Properties) : null;
}

/** The words of the last message of the assistant, from `/session/ID/message`. */
export function answerIn(messages: unknown): string | null {
  if (!Array.isArray(messages)) return null;
  const last = messages.findLast(
    (one: unknown) => isObject(one) && (one.info as Info | undefined)?.role === 'assistant',
  ) as { readonly parts?: readonly Part[] } | undefined;
  const texts = (last?.parts ?? []).flatMap(({ type, text, synthetic }) =>
    type === 'text' && text && !synthetic ? [text] : [],
  );
  return texts.length > 0 ? texts.join('\n\n') : null;
}
