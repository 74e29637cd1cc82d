import type { Usage } from '@cao/contracts';
import type { SessionLog } from '../contract.ts';

/** A record of `sessions/YYYY/MM/DD/rollout-….jsonl`, as far as it is read here. */
export type Record =
  | { readonly kind: 'started'; readonly turn: string }
  | { readonly kind: 'prompt'; readonly turn: string; readonly prompt: string }
  | {
      readonly kind: 'ended';
      readonly turn: string;
      readonly answer: string | null;
      readonly error: string | null;
    }
  | { readonly kind: 'model'; readonly model: string }
  | { readonly kind: 'usage'; readonly usage: Usage };

interface Payload {
  readonly type?: string;
  readonly turn_id?: string;
  readonly reason?: string;
  readonly model?: string;
  readonly last_agent_message?: string | null;
  readonly error?: { readonly message?: string; readonly codex_error_info?: unknown } | null;
  readonly item?: { readonly type?: string; readonly content?: readonly { readonly text?: string }[] };
  readonly info?: { readonly total_token_usage?: Readonly<{ [name: string]: number }> } | null;
}

export function parseLine(line: string): Record | null {
  const { type, payload = {} } = read(line);
  const turn = payload.turn_id ?? '';
  if (type === 'turn_context' && payload.model) return { kind: 'model', model: payload.model };
  if (type !== 'event_msg') return null;
  switch (payload.type) {
    case 'task_started':
      return { kind: 'started', turn };
    case 'task_complete':
      return { kind: 'ended', turn, answer: payload.last_agent_message ?? null, error: errorOf(payload) };
    case 'turn_aborted':
      return { kind: 'ended', turn, answer: null, error: payload.reason ?? 'interrupted' };
    case 'item_completed': {
      if (payload.item?.type !== 'UserMessage') return null;
      return {
        kind: 'prompt',
        turn,
        prompt: payload.item.content?.map((part) => part.text ?? '').join('') ?? '',
      };
    }
    case 'token_count':
      return usageOf(payload);
    default:
      return null;
  }
}

function read(line: string): { readonly type?: string; readonly payload?: Payload } {
  try {
    return (JSON.parse(line) as { type?: string; payload?: Payload } | null) ?? {};
  } catch {
    return {}; // the last line may be half written
  }
}

/** The word of Codex for the kind of error stands behind its sentence, where it has one. */
function errorOf({ error }: Payload): string | null {
  if (!error) return null;
  const { message = 'unknown', codex_error_info: info } = error;
  return typeof info === 'string' && info !== 'other' ? `${message} (${info})` : message;
}

function usageOf({ info }: Payload): Record | null {
  const total = info?.total_token_usage;
  if (!total) return null;
  return {
    kind: 'usage',
    usage: {
      input_tokens: total.input_tokens ?? 0,
      output_tokens: total.output_tokens ?? 0,
      cached_tokens: total.cached_input_tokens ?? null,
      cost_usd: null,
      model: null,
    },
  };
}

const records = (lines: readonly string[]) => lines.flatMap((line) => parseLine(line) ?? []);

export const log: SessionLog = {
  prompts: (lines) => records(lines).flatMap((record) => (record.kind === 'prompt' ? [record.prompt] : [])),
  lastAnswer(lines) {
    const last = records(lines).findLast(({ kind }) => kind === 'started' || kind === 'ended');
    return last?.kind === 'ended' ? last.answer : null;
  },
};

/** Whether the last turn that began has not ended. */
export const isOpen = (lines: readonly string[]): boolean =>
  records(lines).findLast(({ kind }) => kind === 'started' || kind === 'ended')?.kind === 'started';
