import type { Block, Message } from '../conversation.ts';
import type { OfferedTool, ToolCall } from '../tools.ts';

/** Every answer says what it is. */
export const MODEL_NAME = 'fake-model-no-ai';

/** What a request asks, whatever API it came by. */
export interface Asked {
  readonly stream: boolean;
  readonly system: string;
  readonly messages: readonly Message[];
  readonly offered: readonly OfferedTool[];
  /** The canned answer of a call that is no turn of the conversation (a title, a summary): it uses up no step. */
  readonly aside: string | null;
}

export interface Reply {
  /** Counts the answers of the server. */
  readonly id: number;
  /** The text, in the parts that it streams in. */
  readonly parts: readonly string[];
  readonly call: ToolCall | null;
}

/** One server-sent event; `part` says that it carries text, after which the stream may pause. */
export interface Sent {
  readonly event?: string;
  /** A string is sent as it is. */
  readonly data: unknown;
  readonly part?: true;
}

/** One API that a CLI talks to its model by: requests to what they ask, answers to what goes over the wire. */
export interface Api {
  readonly name: string;
  /** The end of the path. */
  readonly path: RegExp;
  read(body: unknown, path: string): Asked;
  whole(reply: Reply): unknown;
  stream(reply: Reply): Iterable<Sent>;
  error(status: number, message: string): unknown;
}

export const textOf = (content: unknown): string => {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: string }) => part.text ?? '').join('\n');
};

/** Parts stay apart: a prompt that failed is sent along with the next one. */
export function textBlocks(content: unknown): Block[] {
  const parts = Array.isArray(content) ? (content as { text?: string }[]) : [{ text: textOf(content) }];
  return parts.map((part) => ({ type: 'text', text: part.text ?? '' }));
}

export const CANNED_TITLE = '{"title":"Fake title","isNewTopic":true}';
