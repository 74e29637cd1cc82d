import type { Directive } from '../scripted-agent/script.ts';
import type { WantedCall } from './tools.ts';

/** One answer of the model: text, at most one tool call, or an error instead. Variables are not yet replaced. */
export interface Step {
  readonly text: string;
  readonly call: WantedCall | null;
  readonly delayMs: number;
  readonly chunks: number;
  readonly gapMs: number;
  /** `times` requests fail before the step is answered; Infinity: all. */
  readonly failure: { readonly status: number; readonly times: number } | null;
  /** After this answer the rest waits for so many messages. */
  readonly wait: { readonly need: number; readonly rest: readonly Directive[] } | null;
}

const plain: Step = { text: '', call: null, delayMs: 0, chunks: 1, gapMs: 0, failure: null, wait: null };
export const textStep = (text: string): Step => ({ ...plain, text });

const statusOf: Readonly<Record<string, number>> = {
  overloaded: 529,
  rate_limit: 429,
  authentication_failed: 401,
  invalid_request: 400,
  server_error: 500,
};
const FLOOD_WORD = 'flood ';
const MAX_FLOOD = 1024 * 1024;

/** A script as the answers that a model gives one after another. A tool call ends an answer, as its result must come first. */
export function stepsOf(script: readonly Directive[]): readonly Step[] {
  const steps: Step[] = [];
  let step = plain;
  const push = (extra: Partial<Step> = {}) => {
    steps.push({ ...step, ...extra });
    step = { ...plain, chunks: step.chunks, gapMs: step.gapMs };
  };
  const call = (tool: string, input: Readonly<Record<string, unknown>>) => push({ call: { tool, input } });

  for (const [at, { verb, text, tool, input }] of script.entries()) {
    const numbers = text.split(/\s+/).map(Number);
    const [first = 0, second] = numbers;
    if (verb === 'say') step = { ...step, text: [step.text, text].filter(Boolean).join('\n\n') };
    else if (verb === 'sleep') step = { ...step, delayMs: step.delayMs + first };
    else if (verb === 'chunks') step = { ...step, chunks: first, gapMs: second ?? 0 };
    else if (verb === 'flood')
      step = { ...step, text: FLOOD_WORD.repeat(Math.min(MAX_FLOOD, first || 65536) / 6) };
    else if (verb === 'call') call(tool, input);
    else if (verb === 'reply') call('send_message', { message: text });
    else if (verb === 'ask') {
      const command = text.slice(text.indexOf(' ') + 1);
      const asked = { tool: text.split(' ')[0] ?? 'Bash', input: { command, description: 'ask' } };
      push({ call: { ...asked, shell: command } });
    } else if (verb === 'error')
      step = { ...step, failure: { status: first || 500, times: second ?? Infinity } };
    else if (verb === 'fail') step = { ...step, failure: { status: statusOf[text] ?? 500, times: Infinity } };
    else if (verb === 'background') {
      const said = step.text || 'Started in the background.';
      step = { ...step, text: '' };
      call('Bash', {
        command: `sleep ${first / 1000}; echo done`,
        description: 'background',
        run_in_background: true,
      });
      push({ text: said });
    } else if (verb === 'await') {
      const need = Math.max(1, first);
      push({
        text: step.text || `Waiting for ${need} message(s).`,
        wait: { need, rest: script.slice(at + 1) },
      });
      return steps;
    }
  }
  if (step.text || step.failure || step.delayMs > 0 || steps.length === 0 || steps.at(-1)?.call) {
    push({ text: step.text || 'Done.' });
  }
  return steps;
}
