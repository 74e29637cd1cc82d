import type { SessionLog } from '../contract.ts';

/** A line of `session-state/<session>/events.jsonl`, as far as it is read here. */
export interface Event {
  readonly type: string;
  readonly data: {
    readonly content?: string;
    readonly toolRequests?: readonly unknown[];
    readonly parentToolCallId?: string;
    readonly agentId?: string;
    readonly message?: string;
    readonly requestId?: string;
    readonly permissionRequest?: Readonly<Record<string, unknown>>;
    readonly usage?: Readonly<Record<string, unknown>>;
  };
}

export function parseLine(text: string): Event | null {
  try {
    const line = JSON.parse(text) as Partial<Event> | null;
    if (typeof line?.type !== 'string' || typeof line.data !== 'object' || line.data === null) return null;
    return line as Event;
  } catch {
    return null; // the last line may be half written
  }
}

const isOfSubAgent = ({ data }: Event): boolean => (data.parentToolCallId ?? data.agentId) !== undefined;

export const promptOf = (event: Event): string | null =>
  event.type === 'user.message' && !isOfSubAgent(event) ? (event.data.content ?? '') : null;

/** The last word of a turn: a message that asks for no tool. */
export const answerOf = (event: Event): string | null =>
  event.type === 'assistant.message' && event.data.toolRequests?.length === 0 && !isOfSubAgent(event)
    ? (event.data.content ?? '')
    : null;

const events = (lines: readonly string[]) => lines.flatMap((line) => parseLine(line) ?? []);

export const log: SessionLog = {
  prompts: (lines) => events(lines).flatMap((event) => promptOf(event) ?? []),
  lastAnswer(lines) {
    let answer: string | null = null;
    for (const event of events(lines)) {
      if (event.type === 'user.message' || event.type === 'assistant.turn_start') answer = null;
      else answer = answerOf(event) ?? answer;
    }
    return answer;
  },
};
